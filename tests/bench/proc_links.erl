%% area: processes repeat: 4
-module(proc_links).
-export([main/0]).
main() ->
    process_flag(trap_exit, true),
    Ps = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 1000)],
    [begin R = monitor(process, P), link(P), demonitor(R, [flush]), unlink(P) end || _ <- lists:seq(1, 100), P <- Ps],
    Downs = lists:sum([calls(20000), calls(20000)]),
    Names = [begin N = list_to_atom("links_" ++ integer_to_list(I)), register(N, P), N end || {I, P} <- lists:zip(lists:seq(1, 1000), Ps)],
    Found = length([P || _ <- lists:seq(1, 100), N <- Names, (P = whereis(N)) =/= undefined]),
    Refs = [monitor(process, P) || P <- Ps], [N ! stop || N <- Names],
    {Downs, Found, length([receive {'DOWN', R, _, _, normal} -> ok end || R <- Refs])}.
calls(N) -> length([receive {'DOWN', R, _, _, {ok, I}} -> ok end || I <- lists:seq(1, N), begin {_, R} = spawn_monitor(fun() -> exit({ok, I}) end), true end]).
