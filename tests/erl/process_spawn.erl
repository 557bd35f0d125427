%% Spawning in every way, with options, and what process_info tells of the result.
-module(process_spawn).
-export([main/1, work/2]).

main(_) ->
    Self = self(),
    spawn(fun() -> Self ! {1, self() =/= Self} end), t:show(receive {1, A1} -> A1 end),
    spawn(?MODULE, work, [Self, 2]), t:show(receive {2, A2} -> A2 end),
    spawn_link(?MODULE, work, [Self, 3]), t:show(receive {3, A3} -> A3 end),
    {P4, R4} = spawn_monitor(fun() -> exit({done, 4}) end), t:show(receive {'DOWN', R4, process, P4, A4} -> A4 end),
    {P5, R5} = spawn_monitor(?MODULE, work, [Self, 5]), t:show(receive {5, A5} -> A5 end), t:show(receive {'DOWN', R5, process, P5, B5} -> B5 end),
    {P6, R6} = spawn_opt(fun() -> receive stop -> ok end end, [monitor, link, {priority, high}, {min_heap_size, 5000}, {min_bin_vheap_size, 100000}, {fullsweep_after, 3}, {message_queue_data, off_heap}, {max_heap_size, 10000000}]), timer:sleep(30),
    t:show([element(2, process_info(P6, I)) || I <- [priority, message_queue_data, trap_exit, message_queue_len, initial_call, dictionary, messages]]),
    {garbage_collection, GC} = process_info(P6, garbage_collection),
    t:show({proplists:get_value(fullsweep_after, GC), proplists:get_value(min_heap_size, GC) >= 5000, maps:get(size, proplists:get_value(max_heap_size, GC))}),
    t:show(element(2, process_info(P6, links)) =:= [Self]),
    P6 ! stop, t:show(receive {'DOWN', R6, process, P6, B6} -> B6 end),
    R7 = spawn_request(?MODULE, work, [Self, 7], [{reply_tag, tag7}]), t:show(receive {tag7, R7, ok, P7} -> is_pid(P7) end), t:show(receive {7, A7} -> A7 end),
    R8 = spawn_request(fun() -> ok end, [monitor, {reply, error_only}]), t:show(receive {'DOWN', R8, process, _, A8} -> A8 end),
    R9 = spawn_request(?MODULE, work, [Self, 9], [{bad, option}]), t:show(receive {spawn_reply, R9, error, A9} -> A9 end),
    t:show([t:try_it(fun() -> spawn_opt(fun() -> ok end, O) end) || O <- [[bad], a, [{priority, x}], [{min_heap_size, -1}]]]),
    t:show([t:try_it(fun() -> is_pid(apply(erlang, spawn, A)) end) || A <- [[a], [a, b, c], [1, 2, 3], [fun(_) -> ok end], [lists, map, [1 | 2]]]]),
    {Pa, Ra} = spawn_monitor(no_such_module, f, [1]), t:show(receive {'DOWN', Ra, process, Pa, {Why, [{M, F, A, _}]}} -> {Why, M, F, A} end),
    t:show(is_process_alive(Pa)), t:show(process_info(Pa)), t:show(process_info(Pa, status)),
    {Pb, Rb} = spawn_opt(fun() -> loop([]) end, [monitor, {max_heap_size, #{size => 20000, kill => true, error_logger => false}}]),
    t:show(receive {'DOWN', Rb, process, Pb, Bb} -> Bb end),
    t:show(lists:usort([receive {W, Px} when is_pid(Px) -> W end || _ <- [spawn(fun() -> Self ! {w, self()} end) || _ <- lists:seq(1, 1000)]])),
    Tree = tree(10, Self), t:show(receive {Tree, Sum} -> Sum end),
    t:show([erlang:is_process_alive(Self), lists:member(Self, processes()), length(processes()) > 10, erlang:system_info(process_count) =:= length(processes())]),
    t:show([process_info(Self, trap_exit), process_info(Self, registered_name), process_info(Self, [message_queue_len, priority])]),
    t:show(element(2, process_info(Self, current_function))), t:show(element(1, hd(element(2, process_info(Self, current_stacktrace))))),
    t:show(t:try_it(fun() -> process_info(Self, bad_item) end)).

work(To, N) -> To ! {N, [element(1, I) || I <- [process_info(self(), initial_call)]]}.

loop(L) -> loop([L | L]).

tree(0, To) -> spawn(fun() -> To ! {self(), 1} end);
tree(N, To) ->
    spawn(fun() ->
        A = tree(N - 1, self()), B = tree(N - 1, self()),
        X = receive {A, XA} -> XA end,
        Y = receive {B, YB} -> YB end,
        To ! {self(), X + Y}
    end).
