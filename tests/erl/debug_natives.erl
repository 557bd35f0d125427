%% erts_debug and the states it shows, as OTP's suites use them: copies that keep sharing, instructions, disassembly of whole modules,
%% sizes, schedulers and processors.
%% (A collection that gc-stress forces meets the heap that this breaks.)
%% not under: gc-stress
-module(debug_natives).
-export([main/1]).

main(_) ->
    copies(),
    t:show([is_list(I) || I <- lists:sublist(erts_debug:instructions(), 3)]),
    %% listing a module with very long functions takes time in proportion to its length; constants that look like pointers are numbers
    t:show([erts_debug:df(M) || M <- [unicode_util, prim_file, lists]]),
    [file:delete(atom_to_list(M) ++ ".dis") || M <- [unicode_util, prim_file, lists]],
    t:show([erts_debug:flat_size(B) || B <- [<<0:(8*80+1)>>, <<5:7>>, <<0:(8*65)>>, <<1, 2, 3>>]]),
    t:show({length(erlang:system_info(heap_sizes)), lists:last(erlang:system_info(heap_sizes))}),
    t:show(lists:sort([N || {N, _, _} <- erlang:system_info(ethread_info), string:find(N, "native atomics") =/= nomatch])),
    t:show([erlang:system_info(run_queues) =:= erlang:system_info(schedulers), erlang:system_info(update_cpu_info)]),
    t:show([lists:keymember(K, 1, hd(erlang:system_info(check_io))) || K <- [active_fds, total_poll_set_size]]),
    online(),
    states(),
    %% a process that monitors itself by its name has no monitor
    register(me, self()), erlang:monitor(process, me), erlang:monitor(process, self()), t:show(process_info(self(), monitors)),
    t:show(counters()),
    t:show(element(1, catch erlang:system_info({allocator, no_such_allocator}))).

copies() ->
    Shared = lists:seq(1, 10), Term = {Shared, Shared, #{a => Shared}, "literal", fun() -> Shared end, <<1:9>>, 1.5, make_ref(), 1 bsl 70},
    t:show([begin C = erts_debug:copy_shared(Term, L), {C =:= Term, erts_debug:size(C) =< erts_debug:size(Term) + 8} end || L <- [true, false]]),
    {A, B, _, _, _, _, _, _, _} = erts_debug:copy_shared(Term), t:show({erts_debug:same(A, B), erts_debug:same(A, Shared)}),
    %% deep, and exponential without sharing
    Deep = lists:foldl(fun(_, T) -> [T | T] end, leaf, lists:seq(1, 60)), t:show(erts_debug:size(erts_debug:copy_shared(Deep))),
    t:show([t:try_it(fun() -> erts_debug:copy_shared(a, X) end) || X <- [x, true, false]]).

%% Dirty CPU schedulers go on- and offline with the others.
online() ->
    N = erlang:system_info(schedulers_online), D = erlang:system_info(dirty_cpu_schedulers_online),
    erlang:system_flag(schedulers_online, 1), until(fun() -> erlang:system_info(dirty_cpu_schedulers_online) =:= 1 end),
    t:show([erlang:system_info(schedulers_online), erlang:system_info(dirty_cpu_schedulers_online)]),
    erlang:system_flag(schedulers_online, N), erlang:system_flag(dirty_cpu_schedulers_online, D),
    until(fun() -> erlang:system_info(dirty_cpu_schedulers_online) =:= D end),
    erlang:system_flag(multi_scheduling, block_normal),
    t:show([element(3, erlang:system_info(schedulers_state)), element(4, lists:keyfind(normal, 1, erlang:system_info(all_schedulers_state)))]),
    erlang:system_flag(multi_scheduling, unblock_normal).

states() ->
    erts_debug:set_internal_state(available_internal_state, true),
    t:show([element(1, erts_debug:get_internal_state(processes_bif_info)), erts_debug:get_internal_state(stack_check) > 0]),
    %% requests to collect wait while the heap is broken
    Self = self(),
    {P, M} = spawn_monitor(fun() ->
        Broken = erts_debug:set_internal_state(inconsistent_heap, start), Self ! broken,
        receive mend -> ok = erts_debug:set_internal_state(inconsistent_heap, Broken) end, receive stop -> ok end end),
    receive broken -> ok end,
    Collected = erlang:garbage_collect(P, [{async, collected}]), t:show({Collected, receive {garbage_collect, collected, _} -> early after 50 -> waits end}),
    P ! mend, t:show(receive {garbage_collect, collected, R} -> R after 5000 -> never end), P ! stop, t:show(receive {'DOWN', M, _, _, W} -> W end),
    %% a dirty native learns that its process has ended
    {Q, QM} = spawn_monitor(fun() -> erts_debug:dirty_io(alive_waitexiting, Self) end),
    receive {alive, Q} -> ok end, exit(Q, kill), t:show(receive {'DOWN', QM, _, _, Why} -> Why end),
    t:show([{K, abs(V - erlang:memory(K)) * 3 =< V} || {K, V} <- erts_debug:get_internal_state(memory)]),
    %% what is on a dirty scheduler fails, or hops, under the name of its call; while it is there its process runs
    t:show([try apply(erts_debug, F, A) catch Class:Error:Stack -> {Class, Error, setelement(4, hd(Stack), [])} end || {F, A} <- [{dirty_cpu, [error, undef]},
        {dirty_io, [error, badarith]}, {dirty, [dirty_io, error, noproc]}, {dirty, [normal, error, x]}, {dirty_cpu, [reschedule, 21]},
        {dirty, [dirty_cpu, reschedule, 21]}, {dirty, [x, reschedule, 20]}, {dirty, [normal, reschedule, 20]}]]),
    Sleeper = spawn_link(fun() -> erts_debug:dirty_io(wait, 1000) end),
    Info = fun() -> process_info(Sleeper, [current_function, status]) end,
    Running = [{current_function, {erts_debug, dirty_io, 2}}, {status, running}], until(fun() -> Info() =:= Running end),
    erlang:suspend_process(Sleeper, [asynchronous]), t:show(Info()), until(fun() -> process_info(Sleeper, status) =:= {status, suspended} end),
    erlang:resume_process(Sleeper),
    erts_debug:set_internal_state(available_internal_state, false).

counters() ->
    C = counters:new(10, [write_concurrency]),
    Ps = [spawn_monitor(fun() -> [counters:add(C, 1 + I rem 10, I) || I <- lists:seq(1, 1000)] end) || _ <- [1, 2, 3, 4]],
    [receive {'DOWN', M, _, _, normal} -> ok end || {_, M} <- Ps],
    #{size := Size, memory := Memory} = counters:info(C),
    {Size, Memory < (erlang:system_info(schedulers) + 1) * 17 * 8 + 100, lists:sum([counters:get(C, I) || I <- lists:seq(1, 10)])}.

until(F) -> case F() of true -> ok; false -> receive after 1 -> until(F) end end.
