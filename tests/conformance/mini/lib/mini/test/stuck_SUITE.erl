%% A suite whose init function never returns.
-module(stuck_SUITE).
-export([all/0, init_per_suite/1, end_per_suite/1, waits/1]).

all() -> [waits].

init_per_suite(_) -> receive never -> ok end.

end_per_suite(_) -> ok.

waits(_) -> ok.
