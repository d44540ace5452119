"""Every number that solving is tuned by, and why it is what it is.

Used as ``parameters.NAME``, so that all of the code reads one value and a test can set it for a
while. Seconds and ratios were measured on two cores with HiGHS 1.15.
"""

# --------------------------------------------------------------------------------------------------
# Tolerances and sizes that everything shares.

TOLERANCE = 1e-9
"""Feasibility and integrality tolerance of engines. With HiGHS' own 1e-6 a knapsack one đồng
short was overrun in 57 of 60 trials, with 1e-9 in none."""
PROVEN_GAP = 1e-9
"""Largest relative gap that still counts as a proven optimum (noise of one addition)."""
ROUNDING = 1e-6
"""Relative value that rounding to whole money may cost without shaking a proof."""
INTEGRAL = 1e-9
"""How far a column may be from a whole number and still be one."""
ROW_SLACK = 1e-9
"""How far an assignment may overrun a row, relative to its size, and still satisfy it."""
ROW_NOISE = 1e-7
"""The same in the row's own unit: twice the engine's tolerance and some. Whole money is counted
afterwards, and a row that it breaks is tightened."""
SHORTEST = 0.05
"""Seconds that a solve gets at least, where the time limit leaves it less."""
ENTRIES_TOGETHER = 2_000_000
"""Entries of a matrix that are looked at together: what is made of them is small beside it."""
INTERIOR_POINT_FROM = 200_000
"""Columns from which a linear program goes to the interior-point method."""
STOPPED_FROM = 0.5
"""Part of the time limit before which an engine that knows nothing was not stopped by it."""

# --------------------------------------------------------------------------------------------------
# Choice of method.

WHOLE_BELOW = 5_000
"""Columns below which the whole model is solved as fast (about 50 schools)."""
FEWEST_BLOCKS = 200
"""Blocks below which there is little to take apart."""
MOST_LINKING_ROWS = 400
"""Linking rows above which multipliers take longer to find than the whole relaxation."""
LARGEST_BLOCK = 0.1
"""Part of all columns that one block may hold."""
RACING_GAP = 1e-4
"""Relative gap below which nothing races the engine: only its own search proves that."""

# --------------------------------------------------------------------------------------------------
# Stages.

STAGE_KEPT = 1e-6
"""Relative tolerance at which a later stage keeps an earlier one."""
TIE_KEPT = 1e-8
"""The same where ties are broken: no value worth naming is given up to spend less."""
LARGEST_WHOLE_SUM = 2.0**40
"""Size below which sums of whole coefficients are told apart by half a step."""
STAGE_WEIGHT = 30.0
"""How many times a stage weighs the next one in the plan for all together: with 10 the first
stage stayed outside a gap of 0.1%, with 100 and 300 the later ones lost (Ba Đình)."""
TOGETHER_FROM = 2_000
"""Columns below which the stages are solved as fast without a plan for all together."""
TOGETHER_GAP = 1e-3
"""Smallest relative gap at which the search for that plan ends."""
STAGED_GAP = 2e-4
"""The same near the relaxation, where the search ends by itself. All stages of Ba Đình were
together within 0.06% after 12 CPU seconds, and with this within 0.05% after 15: 0.01% is 28 points
of the first stage, or 840 of the second."""
TOGETHER_TIME = 0.5
"""Part of all the time that it may take."""
STAGED_TIME = 0.8
"""Part of a stage's time that a search beside its schools may take; with all of it, on one core the
bound of the last of nine stages came too late."""
BUILT_ON_GAP = 0.01
"""Relative gap at which a start for the next stage is good enough."""
BUILT_ON_TIME = 0.25
"""Part of a stage's time that each of the two searches for it may take."""
SHADOW_PRICE = 1e-9
"""Size from which a school's shadow price says that its floor cannot rise."""
FLOOR_KEPT = 1e-9
"""How far a school may fall below the floor that it has reached (0–1)."""
FLOOR_STEPS = 4
"""Steps of a raised floor among which the time left is shared at most. There are as many as schools
at worst, and three on Ba Đình, whose first takes a second: a fifty-second part of a minute."""
FULL_COVERAGE = 1.0 - 1e-9
"""A floor at which every school has all it needs."""

# --------------------------------------------------------------------------------------------------
# Neighbourhoods of the relaxation and of the plan before.

NEIGHBOURHOOD_GAP = 0.0005
"""Relative gap below which they are not tried: whole units cost more than that against what schools
by themselves bound (0.02% on Ba Đình's `base`). At 0.05% the engine alone stood at 0.08 to 0.10% on
four of its scenarios after 50 CPU seconds, and had found its plan after 9 to 20; `base` is proven
near its relaxation in 4 to 8."""
NEIGHBOURHOOD_FROM, NEIGHBOURHOOD_TO = 5_000, 50_000
"""Columns of a model that is solved but once between which they pay: smaller ones are searched
as fast, and of larger ones the relaxation alone takes long."""
NEIGHBOURHOOD_SLACK = 0.4
"""Part of the gap asked for at which a neighbourhood's own search may end."""
RINS_SLACK = 0.1
"""The same where what a plan and the relaxation agree on is fixed."""
RINS_ROUNDS = 3
"""How often, each from the plan of the last: the first plan that any search near the relaxation
meets (0.7% below it on Ba Đình, after 0.6 seconds) is within 0.05% after one round of as long,
where that search to its end took 6 seconds and came to 0.12%."""
RINS_WITHIN = 2.0
"""How many times the gap asked for a plan near the one before may be away for it to be tried."""
BLOCKS_WITHIN = 10.0
"""The same for each school to be decided by itself at the relaxation's multipliers, which bounds
all plans more closely: by 0.09% on Ba Đình, in a second."""
NEIGHBOURHOOD_MONEY = 10.0
"""Minor units of money by which neighbourhoods of a warm model pass a floor of spending, so that
rounding does not break it: it broke one by 0.4 to 1.6 (Ba Đình) in five of ten searches, each of
which was then done again."""
NEIGHBOURHOOD_TIME = 0.25
"""Part of the time limit that neighbourhoods may take."""
NEIGHBOURHOOD_NODES = 1
"""Nodes of a neighbourhood: what its root does not find, the whole problem's search will."""
LOSING_BEYOND = 10.0
"""How many times the gap asked for the first plan must be away for the schools that lose most to
be decided anew before anything else: on `high-prices` 1.1% becomes 0.4% in 2.6 CPU seconds, where
three searches between it and the relaxation end at 0.65%, on all stages of `strict-priority`
together 3.2% becomes 0.4% in 3.4. On `base`, 0.7% away, the relaxation alone leads to 0.05%."""
LOSING_FIRST, LOSING_LAST = 1_500, 1_000
"""Columns of those schools (nine, or five), at first and where little is missing: then 0.15% became
0.10% in 0.7 CPU seconds on `high-prices`."""
LOSING_WITHIN = 2.0
"""How many times the gap asked for counts as little."""
LOSING_GAP = 0.001
"""Gap that counts for both where a closer one is asked for: at 0.05% `base`, 0.7% away, lost 4 of 9
CPU seconds to the schools that lose most."""
DRAWN = 500
"""Columns of a lot of schools that are drawn (two or three), for a quarter of a second to a second
and a half. From 0.099% eighteen of them gained 0.009% on `high-prices` in 10 CPU seconds, where the
engine's search of the whole gains nothing in 36."""
DRAWN_ANY = 0.3
"""What a school that loses nothing counts in the draw, as part of what all lose on average."""
DRAWN_LITTLE, DRAWN_IDLE = 0.01, 8
"""Part of what is missing that counts as next to nothing, and draws in a row without more."""
DRAWN_TIME = 0.5
"""Part of the time limit by which the draws end."""
LOSING_SLACK = 0.05
"""Part of the gap asked for within which they need not be proven."""
CLOSER_STEPS = 12
"""Steps at most by which the multipliers move where schools by themselves bound too little, each of
which decides every school anew (0.4 to 1.7 CPU seconds on Ba Đình). On `cut-20`, a rule of which
counts requests, eight of them bound all plans by 0.045% less."""
CLOSER_RELATIVE, CLOSER_ABSOLUTE = 0.04, 1e-4
"""First radius of their box, as that of :data:`RADIUS_RELATIVE`: a quarter of it took a step more,
twice as much none less."""
CLOSER_PATIENCE, CLOSER_GAIN = 4, 0.1
"""Steps that must gain so much of what is still missing: on `base` all twelve gain 0.002%."""
RELAXED_INTEGRAL = 1e-6
"""How near to a whole number a decision of the relaxation counts as one."""
RELAXED_MOVED = 1e-6
"""How far a decision of the relaxation must move for its school to count as touched."""
FEW_SCHOOLS = 12
"""Schools, those whose relaxation moved the most, that are decided anew where one more need is to
be met with the same money. On Ba Đình 0.2 to 0.4 CPU seconds each, where a search of all schools
took 0.8 to 1.3, and six of ten intervals of losses are narrower; six schools hold no plan of three
needs in eleven, twenty take twice as long."""
FEW_TARGET, FEW_SLACK = 0.75, 0.05
"""Parts of the gap asked for at which that search may end: by its plan, and by what is proven of
these schools alone."""
FEW_HAIR = 1e-7
"""How much more of what is missed is asked for there (coverage, points): whole money took 3e-8 of a
need that is bought by the đồng."""
START_SLACK = 1e-9
"""How far a remembered plan may overrun a row (relative to its bound) and still be a start."""
STARTS = 12
"""Plans that a warm model keeps as possible starts."""
WARM_OPEN = 0.5
"""Part of the whole decisions of a warm model that may be open for a search to be given these
alone: ten neighbourhoods of Ba Đình took 7.2 CPU seconds so, 9.2 as the whole with most fixed."""
WARM_WITHOUT = ("mip_heuristic_run_feasibility_jump", "mip_heuristic_run_root_reduced_cost")
"""Heuristics of HiGHS that a warm model goes without: 6.0 seconds of the 7.2, and plans as good."""

# --------------------------------------------------------------------------------------------------
# A plan to keep where a solve is stopped without one.

KEEP_GAP = 0.05
"""Relative gap at which it is good enough."""
KEEP_SECONDS, KEEP_A_COLUMN = 20.0, 1e-4
"""Seconds that each search for it may take, or so many a column in a larger model (half a minute
for 2,900 schools). It takes 1 to 3 CPU seconds on most of Ba Đình and on 800 schools, 8 on 2,900;
twenty were too few for those where others had most of the two cores."""

# --------------------------------------------------------------------------------------------------
# Several futures as one model.

FUTURES_FROM, FUTURES_TO = 15_000, 120_000
"""Columns of an extensive form between which it is searched near its relaxation: from less than two
futures of Ba Đình (17,700) to its twelve (99,639), whose relaxation takes 36 CPU seconds, that of
six (50,469) 7. Both ends were set, not measured."""
FUTURES_APART_FROM = 75_000
"""Columns from which a first plan is a decision first. On twelve of Ba Đình the joint search came
to 0.32% in 114 CPU seconds with it, and to 1.88% in 185 with all futures in whole units at once; on
six (50,469) to 0.23% in 85, and to 0.19% in 70 at once."""
FUTURES_DECIDERS = 4
"""Futures at most for which a first decision is tried, and that decide one together. On twelve of
Ba Đình, 2 CPU seconds each: five leave others without a plan; the relaxations of what the other
seven leave come to 0.14–0.66% from the bound."""
FUTURES_DECIDED = 1.0
"""Part of the gap asked for to which the relaxations under a first decision must come, that no
other is tried."""
FUTURES_BLOCKS = 0.1
"""Part of the gap asked for by which all schools together may be bounded less closely. The 159 of
twelve futures took 49 CPU seconds to the end, half of them for three."""
FUTURES_BLOCK_FROM = 1_000
"""Columns of a school in all its futures from which the engine's own search bounds it."""
FUTURES_DECISION = 0.1
"""Part of the gap asked for within which such a decision need not be proven."""
FUTURES_LATER = 0.4
"""Part of the gap asked for at which the later years of each future, alone, are good enough. On
twelve of Ba Đình all of it took 26 CPU seconds and came to 0.34%; all futures in whole units at
once 100, and 7.8%, 2.1% after 19 more."""
FUTURES_TIDIED_TO = 50_000
"""Columns up to which a decision is made with fewer lines; later years are in any case. Six futures
of Ba Đình (50,469) kept all 237 lines after 30 seconds of that, twelve all 229 after 75."""
FUTURES_NEIGHBOURHOOD = 1_500
"""Columns of the first schools that are decided anew in all futures. On six of Ba Đình from 0.16%:
1,500 gained 0.03% in 4.5 CPU seconds, 2,500 as much in 7, 5,000 nothing in 9."""
FUTURES_NODES = 1
"""Branch-and-bound nodes in which they are: with a hundred two schools in twelve futures took 28
CPU seconds and gave nothing."""
FUTURES_SLACK = 0.02
"""Part of the gap asked for within which that need not be proven."""

# --------------------------------------------------------------------------------------------------
# Another goal within a part of the value (measured on Ba Đình and on 80 to 800 schools).

LINE_FROM = 1e-6
"""Size of a purchase from which it is a line."""
SMALLEST_SLOPE = 0.01
"""Part of its most at which a continuous purchase is as dear by the unit as it gets."""
GROUP_WEIGHTS = (0.05, 0.02)
"""What a visit and a fund of a school's item count beside a line."""
WITHIN_ROUNDS = ((6, 2),)
"""Rounds, each from the plan of the last: steps in which the kept value is let down (in one step
the relaxation keeps twenty lines more), and how often two of them are decided in whole units. On
Ba Đình 776 lines become 720 in 5 CPU seconds; with four steps 733, with eight and one relaxation
each 751. Before it had least deliveries three rounds came to 767 instead of 778 lines, in 14
seconds instead of 3."""
WITHIN_LARGE = ((5, 3),)
"""The same for a goal that is not made by lots, where a relaxation takes seconds; one step is
decided at a time."""
WITHIN_TIMES = 2
"""Relaxations at each step."""
WITHIN_NODES = 1
"""Nodes of a search in whole units: what the root finds takes a second, twenty nodes take five and
find no more."""
WITHIN_ASKED = 46
"""How often the engine asks whether to go on before such a search ends: a limit of work, not of
time. Those that find a plan on Ba Đình were asked 24 to 45 times, the others up to 80."""
WITHIN_GAP = 1e-4
"""Relative gap at which it ends."""
LOTS_FROM = 20_000
"""Columns of a model above which lines are made fewer in one lot of schools after another. CPU
seconds and lines, together and by lots: 80 schools 2.8 s 1,308 → 1,276 and 1.7 s → 1,274; 200
17.9 s 3,273 → 3,190 and 4.0 s → 3,146; 800 75 s 12,682 → 11,948 and 14 s → 12,118; 1,500 by lots
28 s 23,807 → 22,966. Ba Đình (9,712 columns), whose schools share more, 5.8 s 776 → 720 and 2.7 s
→ 767, and its wards (15,428) 19 s 1,069 → 1,012 and none by lots."""
LOT = 2_000
"""Columns of such a lot, about twenty schools: with 4,000 800 schools come to 12,113 lines in 16
CPU seconds; lots of 1,000 and 400 bring half as many a second."""
LOT_STEPS = (0.4, 0.8)
"""Parts of what a lot may give up for which its relaxation is asked, the last one first decided in
whole units, which cost the rest: with 0.5 and 1 12,152 lines are left, and two more steps come to
12,079 in 18 seconds."""
LOT_AHEAD = 2
"""Lots whose part may be given up before their turn, where whole units cost more: without it
12,175 lines after 17 CPU seconds."""
LOT_LOOKS = 4
"""How often what is found is made a plan in whole money on the way, and that at the end."""
RICHER = 0.15
"""Part of what may be given up that the plan may lack from which others are made by turning some of
its schools' items; a tidied one lacks 0.35 of it on Ba Đình, and a second makes up for it."""
TURN_GAP = 5e-3
"""Relative gap at which a school is decided well enough that is decided anew beside all others: on
Ba Đình 618 of 816 items and options after 50 CPU seconds, with 0.001 598."""
PARTS_KEPT = 200
"""Programs of schools that are kept for that."""
EXACT_NODES = 200
"""Nodes in which the least or most units of one item are looked for in a small model."""
MONEY_ROOM = 0.005
"""Part of what may be given up that is left to rounding to whole money."""
FLOOR_ROOM = 20
"""Minor units that a floor of money is kept away from: a few lines' rounding."""
TIDY_SHARE, TIDY_SECONDS = 0.25, 5.0
"""Part of the time limit, and seconds at the least, that tidying may take where finding the value
left less."""
WITHIN_LARGEST = 200_000
"""Columns above which nothing but the value is looked for (about 1,900 schools)."""

# --------------------------------------------------------------------------------------------------
# The fewest changes of an approved plan. Ba Đình with a fifth of its capital money cut: the
# engine's own search alone had 164 changes after 40 s (at least 144), after these neighbourhoods
# 154.

AMEND_BEST = 0.75
"""Most of the time for the best plan, without which there is nothing to be near to."""
AMEND_SCHOOLS = 0.5
"""Part of the time for neighbourhoods of schools, before the engine's own search and its bound."""
AMEND_DRAWN = 1 / 3
"""Part of the schools that are decided anew at a time."""
AMEND_SECONDS, AMEND_GAP = 5.0, 0.003
"""Most seconds of one of them, and the gap at which it ends."""
AMEND_IDLE = 4
"""Neighbourhoods without fewer changes, one after the other, after which it is enough."""

# --------------------------------------------------------------------------------------------------
# What is learnt where whole money breaks a row.

TIGHTENINGS = 3
"""How often a row that rounding broke is tightened and solved again."""
NO_GOOD_CUTS = 1000
"""How often a set of decisions that overruns a row is forbidden and the rest solved again."""
HARDER = 100
"""Each further tightening counts so many times more: the tolerance of an engine other than
HiGHS may be wider than the first overrun."""

# --------------------------------------------------------------------------------------------------
# Lagrangian decomposition: chunks of blocks and their subproblems.

CHUNK = 1_700
"""Columns of a chunk, about sixteen schools: measured as the cheapest a school, warm (0.11 ms)
and cold (0.32 ms)."""
CHUNKS_TOGETHER = 500
"""Chunks that are cut at a time: what says whose entry each one is takes as much memory as they."""
WARM_CHUNKS = 150
"""Chunks, by number, whose engines are kept (a quarter of a gigabyte, wherever they are). The
others begin each round from the basis of the last: 0.2 instead of 0.1 ms a school, where 0.35
is the cost from nothing, for a few kilobytes a chunk."""
BLOCK_NODES = 200
"""Branch-and-bound nodes of one block, before the engine's own search takes over."""
BLOCK_ENGINE_NODES = 2_000
"""Nodes of the engine's search in one block, before its bound is taken instead."""
ANY_NODES = 30
"""Nodes in which some plan of a block is looked for where rounding down leaves none."""
BLOCK_GAP = 1e-6
"""Relative difference of a block's plan and its bound that needs no further search."""
BLOCKS_SLACK = 0.3
"""Part of the gap asked for that all blocks together may at first be bounded less closely, spread
over those that a relaxation splits. At 800 schools the round took 1.0 instead of 2.0 CPU seconds,
at 2,900 5.7 instead of 9.2, and the plans of it were within 0.025 and 0.04% of the bound, 0.1%
asked."""

# --------------------------------------------------------------------------------------------------
# … multipliers …

SAMPLE, SAMPLE_PART, SAMPLE_MOST = 12_000, 0.04, 100_000
"""Columns of the sample that gives the first multipliers, some hundred schools: its relaxation
takes a third of a second; or that part of all columns, at most so many. A twenty-fifth of 12,000
schools takes 2.4 seconds, and 4 to 8 rounds of 3.5 follow where a hundredth leaves 9 to 14."""
ROUNDS = 60
"""Rounds of multipliers over the blocks' relaxations."""
CUT_GROUPS = 1_000
"""Cuts of one round: chunks are summed up to so many groups. With 128 groups of the 750 chunks of
12,000 schools it took 13 rounds, with one a chunk 9."""
MULTIPLIER_SLACK = 0.25
"""Part of the gap asked for that the multipliers may leave; at gap 0 a fixed 1e-6. With 0.03 there
were two to four rounds more, and no better plan (800, 2,900 and 12,000 schools)."""
RADIUS_RELATIVE, RADIUS_ABSOLUTE = 0.01, 0.001
"""First radius of the box: part of a multiplier, and of what would use up the whole value. With
0.03 the first two rounds of 2,900 and 12,000 schools came to bounds tens of gaps away."""
BOX_WIDENS, BOX_SHRINKS = 2.0, 0.5
"""What the radius is multiplied by where the model was right, and where it was not."""
SERIOUS_STEP = 0.1
"""Part of the predicted fall that must come true before the box's centre moves."""
INFEASIBLE_BELOW = 1e-3
"""How far below the least value, relative to all values, a bound proves infeasibility."""

# --------------------------------------------------------------------------------------------------
# … and the search for a plan.

PLANS_TOGETHER = 50_000
"""Plans that are written into an assignment together."""
FIRST_BLOCKS, MASTER_BLOCKS = 30_000, 100_000
"""Blocks that take part in the restricted master, at first (of 60,000 schools 3 seconds instead of
70) and where that cannot keep what is shared. Few of them tie at the end, but it takes many to
move what a country spends: with a third of the blocks that have a second plan, floors could not
be met; all 14,000 of 12,000 schools take two seconds."""
MASTER_INTEGRAL = 1e-6
"""How near to 1 a plan's weight in the restricted master counts as the choice of it."""
EARLY_BLOCKS = 30_000
"""The same for an early plan, where nearly every block has a second plan: to get nothing. All
82,000 of 12,000 schools took 0.3 GiB for a while."""
FIRST_NEIGHBOURHOOD = 1_000
"""Columns of the first neighbourhood of blocks."""
NEIGHBOURHOODS_A_SIZE = 6
"""Neighbourhoods of one size before the size doubles."""
EARLY_NEIGHBOURHOODS = (250, 1_000, 4_000)
"""Columns of the blocks that an early plan decides together, until one is found: at the first
multipliers mostly the first few do (800 and 2,900 schools), or none, for a shared rule was no part
of the sample; then more of them cost time and find none."""
EARLY_NODES = 1
"""Branch-and-bound nodes of such a neighbourhood: what is wanted is a plan, at once."""
EARLY_SLACK = 0.01
"""Part of the whole value within which it need not be proven."""
SUBPROBLEM_NODES = 100
"""Branch-and-bound nodes of a neighbourhood of blocks: a limit of work, not of time."""
SEARCH_GAP = 0.9
"""Part of the gap asked for that the search aims at, so that whole money does not lift it above."""
COMPONENT_FROM = 2_000
"""Columns below which pieces that touch nobody are put together into one component."""
COMPONENT_LARGEST = 0.75
"""Part of all columns that one component may hold, so that taking apart pays."""
COMPONENT_NEAR = 5e-5
"""Part of the relaxation's worth that a unit may cost to be bought where too little is near: of the
wards of 2026 rounded up money is missing, and with these 1,500 of 5,400 columns more a first plan
is 0.3 to 0.6% away in 3 CPU seconds, a round later 0.2 to 0.35%."""
COMPONENT_GAP = 0.98
"""Part of the gap asked for that the search by components aims at."""
COMPONENT_SLACK = 0.02
"""Part of the gap asked for within which one component counts as proven."""

# --------------------------------------------------------------------------------------------------
# Workers.

WORKERS_FROM = 250_000
"""Columns from which workers pay for their start (about 2,400 schools)."""
TASK_CHUNKS = 24
"""Chunks of one task: how long a stop has to wait (a second or two)."""
TASK_TRIES = 3
"""How often a task may lose its worker."""
PATIENCE = 0.2
"""Seconds between two looks at whether to stop."""
CLUSTER_PATIENCE = 10.0
"""Seconds to wait for a cluster to answer, and for it to have a worker."""
