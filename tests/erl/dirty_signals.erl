%% A process whose file operation blocks (the opening of a FIFO that nobody writes) still handles its signals, and its end is told at once.
-module(dirty_signals).
-export([main/1]).

main(_) ->
    Fifo = filename:absname("fifo"),
    [] = os:cmd("mkfifo " ++ Fifo),
    process_flag(trap_exit, true),
    T = ets:new(t, [public]),
    Ps = [P | _] = [spawn_link(fun() -> blocked(N, Fifo, T) end) || N <- lists:seq(1, 6)],
    [receive {ready, B} -> ok end || B <- Ps],
    timer:sleep(100),
    t:show(process_info(P, [registered_name, trap_exit, message_queue_len, dictionary])),
    P ! hello,
    t:show(process_info(P, [messages])),
    t:show([is_process_alive(P), process_info(P, status)]),
    Gc = make_ref(),
    async = erlang:garbage_collect(P, [{async, Gc}]),
    M = monitor(process, P),
    demonitor(M),
    N = monitor(process, P),
    [_, Q, R | Rest] = Ps,
    exit(Q, kill),
    t:show([receive {'EXIT', Q, Why} -> Why end, is_process_alive(Q), process_info(Q)]),
    exit(R, ended),
    t:show([receive {'EXIT', R, Why2} -> Why2 end, whereis(blocked_3), ets:info(T, size)]),
    Table = receive {table, R, X} -> X end,
    t:show(ets:info(Table)),
    t:show(receive {garbage_collect, Gc, _} -> too_early after 0 -> waits end),
    {ok, W} = file:open(Fifo, [write, raw]),
    t:show(receive {garbage_collect, Gc, Bool} -> Bool end),
    t:show(receive {'DOWN', N, process, P, Down} -> Down end),
    t:show([receive {'EXIT', B, E} -> E end || B <- Rest]),
    t:show(ets:lookup(T, blocked_1)),
    file:close(W).

blocked(N, Fifo, T) ->
    Name = list_to_atom("blocked_" ++ integer_to_list(N)),
    register(Name, self()),
    Me = ets:new(x, []),
    put(key, value),
    [Parent] = element(2, process_info(self(), links)),
    N =:= 3 andalso (Parent ! {table, self(), Me}),
    Parent ! {ready, self()},
    {ok, F} = file:open(Fifo, [read, raw]),
    receive hello -> ets:insert(T, {Name, got}) after 0 -> ok end,
    file:close(F),
    exit({opened, get(key)}).
