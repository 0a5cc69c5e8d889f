#include "client/tour/chapters/polling_internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/cli/child.h"
#include "proto/net/netns/link_emulator.h"
#include "proto/net/netns/network.h"
#include "proto/net/netns/tunnel.h"
#include "proto/net/udp/udp_clock.h"

enum {
	CHILDREN_MAX = POLLING_WAYS + 2,
	PATIENCE_MS = 500,
	SEED = 5,
};

static const double ms_per_ns = 1e-6, s_per_ns = 1e-9;

/* The process that starts the others. */
struct starter {
	struct polling_shared *shared;
	struct polling_sockets sockets;
	struct network networks[MEMBER_LINKS_WAYS];
	pid_t self, children[CHILDREN_MAX];
	size_t count;
};

/* Whether this is the new process. */
static bool forks(struct starter *starter)
{
	const pid_t pid = fork();

	if (pid == 0)
		child_begin(starter->self, -1);
	else if (pid > 0)
		starter->children[starter->count++] = pid;
	return pid == 0;
}

static void on_entered(void *context, const struct link_emulator_packet *packet, int64_t now_ns)
{
	struct polling_shared *shared = context;

	(void)now_ns;
	shared->traffic[packet->member].packets++;
	shared->traffic[packet->member].lost += !packet->is_passed;
	shared->traffic[packet->member].bytes += (unsigned)packet->size;
}

static void run_links(const struct starter *starter)
{
	static struct member_links links; /* too large for a stack */
	const struct link_emulator_config config = {
		.members = POLLING_WAYS,
		.line = &starter->shared->link,
		.seed = SEED,
		.tunnels = { starter->networks[0].tunnel, starter->networks[1].tunnel },
		.watch = { .entered = on_entered, .context = starter->shared },
	};

	link_emulator_run(&config, &links);
}

static bool start_server(struct starter *starter, uint32_t host)
{
	if (!polling_open(&starter->sockets, htonl(host)))
		return false;
	if (forks(starter))
		polling_serve(&starter->sockets);
	return true;
}

/* `step`: how far the clients' addresses are from each other. */
static void start_clients(struct starter *starter, uint32_t host, uint32_t step)
{
	for (unsigned way = 0; way < POLLING_WAYS; way++) {
		if (!forks(starter))
			continue;
		polling_view(starter->shared, (enum polling_way)way, htonl(host + way * step),
			     &starter->sockets);
		_exit(1);
	}
}

static bool start_with_links(struct starter *starter)
{
	struct network *networks = starter->networks;
	char error[NAMESPACES_ERROR_BYTES];

	if (!network_make(&networks[MEMBER_LINKS_DOWN], TUNNEL_RELAY_HOST, 1, error) ||
	    !start_server(starter, TUNNEL_RELAY_HOST) ||
	    !network_make(&networks[MEMBER_LINKS_UP], TUNNEL_MEMBER_HOSTS, POLLING_WAYS, error))
		return false;
	if (forks(starter)) {
		run_links(starter);
		_exit(1);
	}
	start_clients(starter, TUNNEL_MEMBER_HOSTS, 1);
	return true;
}

static bool start_without_links(struct starter *starter)
{
	if (!start_server(starter, INADDR_LOOPBACK))
		return false;
	start_clients(starter, INADDR_LOOPBACK, 0);
	return true;
}

/* Starts them all, tells the tour whether they run, and ends them when the tour wants that. */
static void start(struct polling_shared *shared, bool (*start_all)(struct starter *starter))
{
	struct starter starter = { .shared = shared, .self = getpid() };
	const bool has_started = start_all(&starter);
	char byte;

	/* Whether the tour still listens shows below. */
	(void)send(ACTOR_LINE, &has_started, sizeof(has_started), MSG_NOSIGNAL);
	while (recv(ACTOR_LINE, &byte, 1, 0) < 0 && errno == EINTR)
		;
	for (size_t i = starter.count; i > 0; i--)
		child_end(starter.children[i - 1], SIGKILL, PATIENCE_MS);
}

static void serve_with_links(void *state)
{
	start(state, start_with_links);
}

static void serve_without_links(void *state)
{
	start(state, start_without_links);
}

/* 0: the actor says that all run. */
static int start_actor(struct polling *polling, void (*serve)(void *state))
{
	bool has_started = false;
	int status = actor_start(&polling->actor, serve, polling->shared);

	if (status < 0)
		return status;
	if (recv(polling->actor.line, &has_started, sizeof(has_started), 0) > 0 && has_started)
		return 0;
	actor_stop(&polling->actor);
	return -EPERM;
}

int polling_start(struct polling *polling, enum polling_task task, const char *link)
{
	char error[LINK_MODEL_ERROR_BYTES];
	int status;

	*polling = (struct polling){ 0 };
	polling->shared = mmap(NULL, sizeof(*polling->shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (polling->shared == MAP_FAILED) {
		polling->shared = NULL;
		return -ENOMEM;
	}
	polling->shared->task = task;
	if (!link_model_parse(&polling->shared->link, link, error))
		return -EINVAL;
	status = start_actor(polling, serve_with_links);
	polling->has_links = status == 0;
	return status == 0 ? 0 : start_actor(polling, serve_without_links);
}

/* As of now, or of when they ended. */
struct polling_figures polling_figures(const struct polling *polling, enum polling_way way)
{
	const volatile struct polling_account *account = &polling->shared->accounts[way];
	const volatile struct polling_traffic *traffic = &polling->shared->traffic[way];
	struct polling_account now = { .first_ns = account->first_ns,
				       .newest_ns = account->newest_ns,
				       .counted_ns = account->counted_ns,
				       .worst_ns = account->worst_ns,
				       .area_s2 = account->area_s2 };
	const int64_t now_ns = polling->end_ns ? polling->end_ns : udp_clock_ns();
	struct polling_figures figures = { .answers = account->answers,
					   .waits = account->waits,
					   .spent_ms = (double)account->spent_ns * ms_per_ns,
					   .packets = traffic->packets - account->packets_before,
					   .bytes = traffic->bytes - account->bytes_before,
					   .lost = traffic->lost,
					   .has_done = account->has_done };

	if (now.first_ns == 0 || now_ns <= now.first_ns)
		return figures;
	polling_account_take(&now, now.newest_ns, now_ns);
	figures.age_ms = (double)(now_ns - now.newest_ns) * ms_per_ns;
	figures.worst_age_ms = (double)now.worst_ns * ms_per_ns;
	figures.mean_age_ms = now.area_s2 / ((double)(now_ns - now.first_ns) * s_per_ns) * 1000;
	return figures;
}

void polling_account_take(volatile struct polling_account *account, int64_t origin_ns,
			  int64_t now_ns)
{
	const double age_s = (double)(now_ns - account->newest_ns) * s_per_ns;

	if (account->first_ns == 0) {
		account->newest_ns = origin_ns;
		account->counted_ns = account->first_ns = now_ns;
		return;
	}
	if (now_ns > account->counted_ns) {
		const double span_s = (double)(now_ns - account->counted_ns) * s_per_ns;

		account->area_s2 += span_s * (age_s - span_s / 2);
		account->counted_ns = now_ns;
	}
	if (now_ns - account->newest_ns > account->worst_ns)
		account->worst_ns = now_ns - account->newest_ns;
	if (origin_ns > account->newest_ns)
		account->newest_ns = origin_ns;
}

void polling_stop(struct polling *polling)
{
	if (polling->actor.pid > 0)
		polling->end_ns = udp_clock_ns();
	actor_stop(&polling->actor);
}

void polling_free(struct polling *polling)
{
	if (polling->shared)
		munmap(polling->shared, sizeof(*polling->shared));
	polling->shared = NULL;
}
