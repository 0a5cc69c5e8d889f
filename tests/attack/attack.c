/*
 * Attackers beside the members of a room: the members' delay at p99 without them, with as many
 * quiet members and with the attackers, in turn, of our relay at --tick auto and 60.
 *
 *	attack RESULT.json MEMBERS ATTACKERS SECONDS REPEAT
 *
 * Exit status: 0; 1: it could not be measured; 2: misuse; 3: measured, but not valid.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/sim/pace.h"
#include "bench/result/result.h"
#include "bench/servers/run.h"
#include "tests/attack/attack_load.h"

enum {
	NOT_VALID = 3,
	LIMIT_S = 120, /* after which the attackers end in any case */
	RATE_HZ = 30,
	TRIES = 2, /* of a run that is disturbed */
};

enum company {
	COMPANY_NONE,
	COMPANY_QUIET,
	COMPANY_ATTACKERS,
	COMPANIES,
};

struct measurement {
	unsigned members, attackers, repeat;
	double seconds;
	struct run_ground ground;
	struct attack_load_result *load; /* shared with the attackers' process */
	struct target servers[TARGET_MAX];
	unsigned count;
	struct run_result runs[TARGET_MAX][COMPANIES][SPREAD_MAX];
	double said_hz[TARGET_MAX][COMPANIES][SPREAD_MAX];
};

static volatile sig_atomic_t is_over;

static void end(int signal)
{
	(void)signal;
	is_over = 1;
}

static bool fail(const char *why)
{
	fprintf(stderr, "attack: %s\n", why);
	return false;
}

/* Measuring. */

static enum attacker_kind kind_of(enum company company)
{
	return company == COMPANY_QUIET ? ATTACKER_QUIET : ATTACKER_KINDS;
}

static struct attack_load_config attackers_of(const struct measurement *m, enum company company,
					      const struct generator_config *load)
{
	return (struct attack_load_config){
		.port = load->port,
		.count = m->attackers,
		.kind = kind_of(company),
		.seconds = LIMIT_S,
		.seed = load->seed,
		.cpu = m->ground.generator_cpu,
		.gives_way = true,
	};
}

/* Whether all were let in, and sent what they were to. */
static bool attacked(const struct measurement *m, enum company company, double *said_hz)
{
	*said_hz = attack_load_said_hz(m->load);
	if (m->load->members < m->attackers)
		return fail(m->load->error[0] != '\0' ? m->load->error
						      : "not all attackers got in; measure longer");
	if (!attack_load_was_busy(m->load, m->attackers, kind_of(company)))
		return fail("the attackers had too little of a processor");
	return true;
}

static bool run_one(struct measurement *m, unsigned n, enum company company, unsigned repetition)
{
	const struct target *server = &m->servers[n];
	struct generator_config load = { .kind = server->kind,
					 .members = m->members,
					 .rate_hz = RATE_HZ,
					 .seconds = m->seconds,
					 .seed = repetition + 1 };
	struct generator_config room = load;
	struct target_process relay;
	struct attack_load_config config;
	char error[TARGET_ERROR_BYTES];
	pid_t attackers = 0;
	bool is_measured;

	/* With those that come back before the relay has missed them. */
	room.members += ATTACK_LOAD_PEERS_EACH * m->attackers;
	if (target_start(&relay, server, m->ground.programs, &room, LIMIT_S, m->ground.relay_cpu,
			 error) < 0)
		return fail(error);
	load.port = relay.port;
	load.relay = relay.pid;
	config = attackers_of(m, company, &load);
	if (company != COMPANY_NONE)
		attackers = attack_load_start(&config, m->load);
	is_measured = run_against(&m->ground, &load, &m->runs[n][company][repetition], error) == 0;
	attack_load_stop(attackers);
	target_stop(&relay, NULL);
	if (!is_measured)
		return fail(error);
	return company == COMPANY_NONE || attacked(m, company, &m->said_hz[n][company][repetition]);
}

/* A run that others on the machine disturbed is measured again, whatever its figures. */
static bool run_undisturbed(struct measurement *m, unsigned n, enum company company,
			    unsigned repetition)
{
	const struct run_validity *validity = &m->runs[n][company][repetition].load.validity;

	for (unsigned i = 0; i < TRIES; i++) {
		if (!run_one(m, n, company, repetition))
			return false;
		if (run_validity_is_good(validity))
			break;
	}
	return true;
}

static bool run_all(struct measurement *m)
{
	for (unsigned repetition = 0; repetition < m->repeat; repetition++)
		for (unsigned n = 0; n < m->count; n++)
			for (int company = 0; company < COMPANIES; company++)
				if (!run_undisturbed(m, n, (enum company)company, repetition))
					return false;
	return true;
}

/* Telling. */

static double p99(const struct measurement *m, unsigned n, enum company company,
		  unsigned repetition)
{
	return (double)m->runs[n][company][repetition].load.p99_us;
}

/* p99 with this company over that with `base`, of each repetition. */
static struct spread ratios(const struct measurement *m, unsigned n, enum company company,
			    enum company base, double values[static SPREAD_MAX])
{
	for (unsigned i = 0; i < m->repeat; i++)
		values[i] = p99(m, n, company, i) / p99(m, n, base, i);
	return spread_of(values, m->repeat);
}

static void judge(const struct measurement *m, unsigned n, enum company company,
		  struct result *result, struct result_row *row)
{
	for (unsigned i = 0; i < m->repeat; i++) {
		const struct run_validity *validity = &m->runs[n][company][i].load.validity;
		char reason[RUN_VALIDITY_REASON_BYTES];

		for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
			if (run_validity_has(validity, (enum run_validity_fault)fault))
				result_not_valid(result, row, "repetition %u: %s", i + 1,
						 run_validity_reason(validity,
								     (enum run_validity_fault)fault,
								     reason));
	}
}

static void add_row(const struct measurement *m, unsigned n, enum company company,
		    struct result *result)
{
	static const char *const texts[COMPANIES] = { "", "quiet", "hostile" };
	struct result_row *row = result_add_row(result);
	double values[SPREAD_MAX];
	char label[2 * TARGET_LABEL_BYTES];

	snprintf(label, sizeof(label), "%s", m->servers[n].label);
	if (company != COMPANY_NONE)
		snprintf(label, sizeof(label), "%s +%u %s", m->servers[n].label, m->attackers,
			 texts[company]);
	result_label(row, "contender", label);
	for (unsigned i = 0; i < m->repeat; i++)
		values[i] = p99(m, n, company, i);
	result_figure(row, "delay_p99_us", "us", values, m->repeat);
	judge(m, n, company, result, row);
	if (company == COMPANY_NONE)
		return;
	ratios(m, n, company, COMPANY_NONE, values);
	result_figure(row, "p99_ratio", "1", values, m->repeat);
	if (company == COMPANY_ATTACKERS) {
		ratios(m, n, company, COMPANY_QUIET, values);
		result_figure(row, "p99_ratio_quiet", "1", values, m->repeat);
	}
	result_figure(row, "hostile_messages_per_s", "1/s", m->said_hz[n][company], m->repeat);
}

static void say(const struct measurement *m, unsigned n)
{
	double values[SPREAD_MAX];
	struct spread times = ratios(m, n, COMPANY_QUIET, COMPANY_NONE, values);

	printf("%s, the %u members' delay at p99, median and range of %u repetitions:\n",
	       m->servers[n].label, m->members, m->repeat);
	printf("  %.2f (%.2f to %.2f) times as long with %u quiet members more\n", times.median,
	       times.min, times.max, m->attackers);
	times = ratios(m, n, COMPANY_ATTACKERS, COMPANY_NONE, values);
	printf("  %.2f (%.2f to %.2f) times as long with %u attackers, which sent %.0f messages a "
	       "second\n",
	       times.median, times.min, times.max, m->attackers,
	       spread_of(m->said_hz[n][COMPANY_ATTACKERS], m->repeat).median);
	times = ratios(m, n, COMPANY_ATTACKERS, COMPANY_QUIET, values);
	printf("  %.2f (%.2f to %.2f) times as long with these as with the quiet ones\n",
	       times.median, times.min, times.max);
}

static int tell(const struct measurement *m, const char *path, int argc, char **argv)
{
	struct result *result = result_create("attack", argc, argv, false);
	FILE *out = fopen(path, "w");
	int status = 1;

	if (!result || !out) {
		fail(strerror(errno));
	} else {
		result_parameter(result, "members", m->members);
		result_parameter(result, "hostile", m->attackers);
		result_parameter(result, "seconds", m->seconds);
		result_parameter(result, "repeat", m->repeat);
		for (unsigned n = 0; n < m->count; n++) {
			say(m, n);
			for (int company = 0; company < COMPANIES; company++)
				add_row(m, n, (enum company)company, result);
		}
		status = result_print(result, out) != 0 ? 1
			 : result_is_valid(result)      ? 0
							: NOT_VALID;
	}
	if (out && fclose(out) != 0)
		status = 1;
	result_destroy(result);
	return status;
}

static int measure(struct measurement *m, int argc, char **argv)
{
	static const double ticks_hz[] = { TARGET_TICK_AUTO, 60 };
	const struct sigaction action = { .sa_handler = end };
	char error[TARGET_ERROR_BYTES];
	int status = 1;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	m->load = mmap(NULL, sizeof(*m->load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	m->count = target_list(m->servers, "starling", ticks_hz, 2, error);
	if (m->load == MAP_FAILED || m->count == 0 ||
	    run_open(&m->ground, getenv("BUILD") ? getenv("BUILD") : "build", &is_over, error) < 0)
		fail(error);
	else if (run_all(m))
		status = tell(m, argv[1], argc, argv);
	run_close(&m->ground);
	return status;
}

int main(int argc, char **argv)
{
	static struct measurement m;

	if (argc == 6) {
		m.members = (unsigned)strtoul(argv[2], NULL, 10);
		m.attackers = (unsigned)strtoul(argv[3], NULL, 10);
		m.seconds = strtod(argv[4], NULL);
		m.repeat = (unsigned)strtoul(argv[5], NULL, 10);
	}
	if (m.members < 2 || m.members > PACE_MEMBERS_MAX / 2 || m.attackers < 1 ||
	    m.attackers > ATTACK_LOAD_MAX || m.seconds < 0.1 || m.seconds > 60 || m.repeat < 1 ||
	    m.repeat > SPREAD_MAX) {
		fputs("usage: attack RESULT.json MEMBERS ATTACKERS (1 to 64) SECONDS (0.1 to 60) "
		      "REPEAT (1 to 64)\n",
		      stderr);
		return 2;
	}
	return measure(&m, argc, argv);
}
