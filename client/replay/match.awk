# A match, as it might be recorded: two teams of eleven and the ball, CSV as client/replay/trace_reader.h has it.
#
#	awk -f client/replay/match.awk >match.csv
#
# Each player has a place in the formation that follows the ball, and runs there no faster than people do. The
# player with the ball dribbles towards the other goal, and passes after a second or two; the player nearest to
# the end of the pass has it next, of either team. Ids 1 to 11 play to the right, 12 to 22 to the left; 0 is the ball.
# Chance comes from one seed by Park and Miller's generator, so every awk writes the same match.

function chance() {
	seed = (seed * 48271) % 2147483647
	return seed / 2147483647
}

function clamp(value, least, most) {
	return value < least ? least : value > most ? most : value
}

# Moves towards a place, by at most so many metres.
function run(i, to_x, to_y, most,    dx, dy, far) {
	dx = to_x - x[i]
	dy = to_y - y[i]
	far = sqrt(dx * dx + dy * dy)
	if (far > most) {
		dx *= most / far
		dy *= most / far
	}
	x[i] += dx
	y[i] += dy
}

function nearest(to_x, to_y,    i, best, far, least) {
	least = 1e9
	for (i = 1; i <= 22; i++) {
		far = (x[i] - to_x) ^ 2 + (y[i] - to_y) ^ 2
		if (far < least) {
			least = far
			best = i
		}
	}
	return best
}

# Passes to a team mate ahead, if chance finds one; the ball lands somewhere near.
function pass(    first, to, tries) {
	first = holder <= 11 ? 1 : 12
	do
		to = first + int(chance() * 11)
	while (to == holder || (tries++ < 4 && side[holder] * (x[to] - x[holder]) < 0))
	aim_x = clamp(x[to] + side[holder] * 6 * chance() + 4 * chance() - 2, 1, 104)
	aim_y = clamp(y[to] + 8 * chance() - 4, 1, 67)
	holder = 0
}

function play(    i, goal_x) {
	for (i = 1; i <= 22; i++) {
		goal_x = home_x[i] + 0.55 * (x[0] - 52.5) + 3 * sin(0.7 * now + i)
		if (i == 1 || i == 12)
			run(i, home_x[i] + 0.06 * (x[0] - 52.5), home_y[i] + 0.1 * (y[0] - 34), 0.5)
		else if (i == holder)
			run(i, x[i] + side[i] * 5, y[i] + 2 * sin(now + i), 0.6)
		else if (i == hunter)
			run(i, x[0], y[0], 0.7)
		else
			run(i, clamp(goal_x, 1, 104), clamp(home_y[i] + 0.25 * (y[0] - 34) + 2 * sin(0.5 * now + 2 * i), 1, 67), 0.5)
	}
	if (holder) {
		run(0, clamp(x[holder] + 0.6 * side[holder], 0.5, 104.5), y[holder], 1.5)
		held += 0.1
		if (held > 0.8 && chance() < 0.08 || x[holder] < 4 || x[holder] > 101)
			pass()
	} else {
		run(0, aim_x, aim_y, 1.6)
		if (x[0] == aim_x && y[0] == aim_y) {
			holder = nearest(aim_x, aim_y)
			held = 0
		}
	}
	hunter = holder ? 0 : nearest(aim_x, aim_y)
	for (i = 1; holder && i <= 22; i++)
		if (side[i] != side[holder] && (!hunter || (x[i] - x[0]) ^ 2 + (y[i] - y[0]) ^ 2 < (x[hunter] - x[0]) ^ 2 + (y[hunter] - y[0]) ^ 2))
			hunter = i
}

BEGIN {
	seed = 2026
	split("5 20 18 18 20 38 35 35 38 50 50", row_x)
	split("34 12 27 41 56 10 26 42 58 28 40", row_y)
	for (i = 1; i <= 11; i++) {
		x[i] = home_x[i] = row_x[i]
		y[i] = home_y[i] = row_y[i]
		side[i] = 1
		x[i + 11] = home_x[i + 11] = 105 - row_x[i]
		y[i + 11] = home_y[i + 11] = 68 - row_y[i]
		side[i + 11] = -1
	}
	x[0] = 52.5
	y[0] = 34
	holder = nearest(x[0], y[0])
	print "t,id,x,y,z"
	for (tick = 0; tick < 300; tick++) {
		now = tick / 10
		for (i = 0; i <= 22; i++)
			printf "%.1f,%d,%.2f,%.2f,0\n", now, i, x[i], y[i]
		play()
	}
}
