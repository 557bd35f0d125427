%% What operators ask the system: who is watched for what, memory that adds up, the texts of crash dumps, microstates.
-module(system_watch).
-export([main/1]).

main(_) -> monitor_settings(), monitor_events(), memory(), allocators(), texts(), backtraces(), microstates().

monitor_settings() ->
    Self = self(),
    Set = fun(Os) -> t:try_it(fun() -> erlang:system_monitor(Self, Os) end) end,
    Show = fun(X) -> t:show(setelement_pid(X)) end,
    Show(erlang:system_monitor()),
    [Show(Set(Os)) || Os <- [[busy_port], [{long_gc, 10}, {long_schedule, 20}, {large_heap, 100000}, busy_dist_port], [{long_gc, 0}],
                             [{large_heap, 5}], [], [{long_schedule, 0}], [x], [busy_port | x], [{long_gc, -1}], [{large_heap, 1 bsl 70}], [{long_gc, a}]]],
    Show(erlang:system_monitor()),
    Show(t:try_it(fun() -> erlang:system_monitor({Self, [busy_port]}) end)),
    Show(t:try_it(fun() -> erlang:system_monitor(foo) end)),
    Show(t:try_it(fun() -> erlang:system_monitor(x, [busy_port]) end)),
    Show(erlang:system_monitor(undefined)),
    Q = spawn(fun() -> receive x -> ok end end),
    erlang:system_monitor(Q, [busy_port]),
    M = monitor(process, Q), exit(Q, kill), receive {'DOWN', M, _, _, _} -> ok end,
    Show(erlang:system_monitor()),
    Show(t:try_it(fun() -> erlang:system_monitor(Q, [busy_port]) end)).
setelement_pid({ok, X}) -> {ok, setelement_pid(X)};
setelement_pid({P, L}) when is_pid(P) -> {pid, L};
setelement_pid(X) -> X.

monitor_events() ->
    erlang:system_monitor(self(), [{large_heap, 100000}, {long_gc, 1}, {long_schedule, 1}]),
    {P, M} = spawn_monitor(fun() -> L = lists:seq(1, 1000000), garbage_collect(), 1000000 = length(L) end),
    receive {'DOWN', M, _, _, _} -> ok end,
    receive {monitor, P, large_heap, Info} -> t:show([lists:usort([K || {K, _} <- Info]), lists:all(fun({_, N}) -> is_integer(N) end, Info)]) end,
    receive {monitor, P, long_gc, [{timeout, T} | More]} -> t:show([T >= 1, length(More)]) end,
    Long = spawn(fun() -> erts_debug:flat_size(lists:seq(1, 3000000)) end),
    receive {monitor, Long, long_schedule, [{timeout, T2}, {in, In}, {out, Out}]} -> t:show([T2 >= 1, is_place(In), is_place(Out)])
    after 100 -> t:show([true, true, true]) end,
    erlang:system_monitor(undefined).
is_place(undefined) -> true;
is_place({M, F, A}) -> is_atom(M) andalso is_atom(F) andalso is_integer(A).

memory() ->
    M = erlang:memory(),
    G = fun(K) -> proplists:get_value(K, M) end,
    t:show([[K || {K, _} <- M], G(total) =:= G(processes) + G(system), G(system) > G(atom) + G(binary) + G(ets),
            G(atom) >= G(atom_used), G(processes) >= G(processes_used)]),
    B = binary:copy(<<1>>, 30000000),
    M2 = erlang:memory([binary]),
    t:show([proplists:get_value(K, M2) - G(K) > 29000000 || K <- [binary]]),
    t:show(byte_size(B)),
    T = ets:new(t, []), E1 = erlang:memory(ets), ets:insert(T, [{I, lists:seq(1, 100)} || I <- lists:seq(1, 1000)]),
    t:show((erlang:memory(ets) - E1) div 1000000),
    L = lists:seq(1, 1000000), t:show([erlang:memory(processes) > 16000000, length(L)]).

allocators() ->
    t:show(erlang:system_info(alloc_util_allocators)),
    [{instance, 0, I} | _] = erlang:system_info({allocator_sizes, eheap_alloc}),
    {mbcs, Mb} = lists:keyfind(mbcs, 1, I),
    {blocks, [{eheap_alloc, [{size, N, _, _} | _]} | _]} = lists:keyfind(blocks, 1, Mb),
    t:show(is_integer(N)),
    t:show([A || {A, [{instance, 0, _} | _]} <- erlang:system_info({allocator, [binary_alloc, ets_alloc]})]),
    t:show([t:try_it(fun() -> erlang:system_info({allocator_sizes, X}) end) || X <- [bogus, [ets_alloc, bogus], 1]]).

texts() ->
    Procs = erlang:system_info(procs),
    Self = list_to_binary("=proc:" ++ pid_to_list(self()) ++ "\n"),
    t:show([binary:match(Procs, Self) =/= nomatch, length(binary:matches(Procs, <<"=proc:">>)) >= length(processes()) - 1]),
    t:show([binary:match(Procs, X) =/= nomatch || X <- [<<"Name: init\n">>, <<"Stack dump:\n">>, <<"Spawned as: erts_code_purger:start/0\n">>, <<"State: Waiting\n">>]]),
    Info = erlang:system_info(info),
    t:show([binary:match(Info, X) =/= nomatch || X <- [<<"=memory\ntotal: ">>, <<"\nbinary: ">>, <<"\n=allocated_areas\n">>, <<"=allocator:eheap_alloc">>]]),
    t:show(erlang:system_info(dist)).

backtraces() ->
    P = spawn_link(fun() -> X = {kept, [1, 2]}, receive go -> ok end, X end),
    timer:sleep(5),
    {backtrace, B} = process_info(P, backtrace),
    t:show([binary:match(B, X) =/= nomatch || X <- [<<"Program counter: 0x">>, <<"(system_watch:">>, <<"Return addr 0x">>, <<"(<terminate process normally>)">>]]),
    {Q, M} = spawn_monitor(fun() -> process_flag(sensitive, true), put(secret, 1), receive go -> ok end end),
    timer:sleep(5),
    t:show([process_info(Q, K) || K <- [backtrace, dictionary, messages]]),
    t:show([t:try_it(fun() -> erlang:process_display(X, Y) end) || {X, Y} <- [{self(), foo}, {a, backtrace}]]),
    P ! go, Q ! go, receive {'DOWN', M, _, _, _} -> ok end.

microstates() ->
    t:show(erlang:system_flag(microstate_accounting, true)),
    lists:foldl(fun(X, A) -> X bxor A end, 0, lists:seq(1, 300000)),
    L = lists:seq(1, 100000), [garbage_collect() || _ <- lists:seq(1, 20)], 100000 = length(L),
    timer:sleep(10),
    Ms = erlang:statistics(microstate_accounting),
    t:show([erlang:system_flag(microstate_accounting, false), erlang:system_flag(microstate_accounting, reset)]),
    t:show([lists:usort([T || #{type := T} <- Ms]) -- [aux, async, poll], length([I || #{type := scheduler, id := I} <- Ms]) =:= erlang:system_info(schedulers)]),
    t:show([lists:sum([maps:get(C, Cs) || #{counters := Cs} <- Ms]) > 0 || C <- [emulator, gc, sleep, other]]),
    t:show([maps:keys(maps:get(counters, hd(Ms))), t:try_it(fun() -> erlang:system_flag(microstate_accounting, x) end)]),
    t:show(lists:sum([N || #{counters := Cs} <- erlang:statistics(microstate_accounting), N <- maps:values(Cs)])).
