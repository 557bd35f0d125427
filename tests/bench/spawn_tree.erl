%% area: spawn
-module(spawn_tree).
-export([main/0]).
main() -> [tree(14) || _ <- lists:seq(1, 6)].
tree(0) -> 1;
tree(N) ->
    {_, A} = spawn_monitor(fun() -> exit({r, tree(N - 1)}) end),
    {_, B} = spawn_monitor(fun() -> exit({r, tree(N - 1)}) end),
    get_r(A) + get_r(B).
get_r(M) -> receive {'DOWN', M, _, _, {r, X}} -> X end.
