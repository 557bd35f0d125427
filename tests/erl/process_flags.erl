%% process_flag, dictionary, registration, group leader, hibernation, suspension, priorities, process limits.
-module(process_flags).
-export([main/1, wake/2]).

main(_) ->
    t:show([process_flag(F, V) || {F, V} <- [{trap_exit, true}, {trap_exit, false}, {priority, low}, {priority, normal}, {min_heap_size, 1000}, {fullsweep_after, 10}, {fullsweep_after, 65535},
        {message_queue_data, off_heap}, {message_queue_data, on_heap}, {sensitive, true}, {sensitive, false}, {save_calls, 0}], F =/= min_heap_size]),
    t:show(process_flag(max_heap_size, #{size => 100000000, kill => false})), t:show(process_flag(max_heap_size, 0)),
    t:show([t:try_it(fun() -> process_flag(F, V) end) || {F, V} <- [{trap_exit, 1}, {priority, x}, {foo, 1}, {min_heap_size, a}, {fullsweep_after, -1}, {message_queue_data, x}]]),
    %% dictionary
    t:show([put(a, 1), put(a, 2), put({k}, v), get(a), get(zz), lists:sort(get()), lists:sort(get_keys()), get_keys(2), erase(a), erase(a), erase(), get()]),
    [put(N, N * N) || N <- lists:seq(1, 1000)], t:show(lists:sum([get(N) || N <- lists:seq(1, 1000)])), [erase(N) || N <- lists:seq(1, 999)], t:show(get()), t:show(erase()),
    %% names
    P = spawn(fun() -> receive stop -> ok end end), t:show([register(pname, P), whereis(pname) =:= P, process_info(P, registered_name), lists:member(pname, registered())]),
    t:show([t:try_it(fun() -> apply(erlang, register, A) end) || A <- [[pname, self()], [other, P], [undefined, self()], [1, P], [x, a]]]),
    t:show([unregister(pname), whereis(pname), process_info(P, registered_name), t:try_it(fun() -> unregister(pname) end)]),
    register(pname, P), M = monitor(process, P), P ! stop, receive {'DOWN', M, _, _, _} -> ok end, t:show(whereis(pname)),
    %% group leader
    GL = group_leader(), Fake = spawn_link(fun() -> io_server([]) end),
    group_leader(Fake, self()), io:format("to the ~s~n", ["fake"]), Child = spawn_monitor(fun() -> io:put_chars("from a child\n") end),
    receive {'DOWN', _, process, Cp, _} when {Cp, element(2, Child)} =:= Child -> ok end, group_leader(GL, self()), Fake ! {dump, self()}, t:show(receive {dumped, D} -> D end),
    %% hibernate
    H = spawn_link(fun() -> put(x, 1), erlang:hibernate(?MODULE, wake, [self(), lists:seq(1, 10)]) end), timer:sleep(20),
    t:show([element(2, process_info(H, I)) || I <- [current_function, status]]), H ! {hello, self()}, t:show(receive {woken, W} -> W end),
    %% suspend and resume
    S = spawn_link(fun() -> counter(0) end), t:show(erlang:suspend_process(S)), S ! inc, S ! {get, self()}, t:show(receive {n, N1} -> N1 after 30 -> suspended end),
    t:show(erlang:suspend_process(S, [unless_suspending])), t:show(element(2, process_info(S, status))), t:show(erlang:resume_process(S)), t:show(receive {n, N2} -> N2 end),
    t:show(t:try_it(fun() -> erlang:resume_process(S) end)),
    %% priorities all run
    Self = self(), [spawn_opt(fun() -> Self ! {ran, Pr} end, [{priority, Pr}]) || Pr <- [low, normal, high]], t:show(lists:sort([receive {ran, X} -> X end || _ <- [1, 2, 3]])),
    t:show(erlang:yield()), t:show(erlang:bump_reductions(100)), t:show(is_integer(element(2, process_info(self(), reductions)))),
    t:show([garbage_collect(), garbage_collect(self()), garbage_collect(Cp), garbage_collect(self(), [{type, minor}])]),
    R = make_ref(), t:show(garbage_collect(S, [{async, R}])), t:show(receive {garbage_collect, R, X5} -> X5 end),
    t:show(process_flag(S, save_calls, 10)), t:show(lists:sort([I || {I, _} <- process_info(self())]) -- [error_handler]).

io_server(L) ->
    receive
        {io_request, From, Ref, {put_chars, _, M, F, A}} -> From ! {io_reply, Ref, ok}, io_server([lists:flatten(apply(M, F, A)) | L]);
        {io_request, From, Ref, {put_chars, _, Chars}} -> From ! {io_reply, Ref, ok}, io_server([unicode:characters_to_list(Chars) | L]);
        {dump, From} -> From ! {dumped, lists:reverse(L)}
    end.

wake(Self, L) -> receive {hello, From} -> From ! {woken, {Self =:= self(), get(x), lists:sum(L)}} end.
counter(N) -> receive inc -> counter(N + 1); {get, From} -> From ! {n, N}, counter(N) end.
