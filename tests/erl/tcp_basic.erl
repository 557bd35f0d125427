%% gen_tcp: connecting, accepting, passive and active reading, closing, half-closed connections, errors.
-module(tcp_basic).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    echo(),
    active(),
    timeouts(),
    many_acceptors(),
    half_closed(),
    errors(),
    statistics(),
    names().

pair(ListenOptions, ConnectOptions) ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}} | ListenOptions]),
    {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, ConnectOptions),
    {ok, S} = gen_tcp:accept(L),
    ok = gen_tcp:close(L),
    {C, S}.

echo() ->
    {C, S} = pair([binary, {active, false}], [binary, {active, false}]),
    t:show(gen_tcp:send(C, ["hel", <<"lo">>, $!])),
    t:show(gen_tcp:recv(S, 0)),
    ok = gen_tcp:send(C, <<"0123456789">>),
    t:show([gen_tcp:recv(S, N) || N <- [3, 5, 2]]),
    Big = binary:copy(<<"abcdefgh">>, 200000),
    spawn_link(fun() -> ok = gen_tcp:send(C, Big) end),
    {ok, Got} = gen_tcp:recv(S, byte_size(Big)),
    t:show(Got =:= Big),
    t:show(gen_tcp:send(C, [])),
    ok = gen_tcp:unrecv(S, <<"pushed back">>),
    t:show(gen_tcp:recv(S, 0)),
    ok = gen_tcp:close(C),
    t:show(gen_tcp:recv(S, 0)),
    t:show(gen_tcp:recv(S, 0)),
    t:show(gen_tcp:send(S, "x")),
    ok = gen_tcp:close(S),
    t:show(gen_tcp:close(S)),
    t:show(gen_tcp:send(S, "x")).

active() ->
    {C, S} = pair([list, {active, true}], [binary, {active, false}]),
    ok = gen_tcp:send(C, "one"),
    t:show(receive {tcp, S, D1} -> D1 end),
    ok = inet:setopts(S, [{active, once}, binary]),
    ok = gen_tcp:send(C, "two"),
    t:show(receive {tcp, S, D2} -> D2 end),
    ok = gen_tcp:send(C, "three"),
    t:show(receive {tcp, S, D3} -> D3 after 50 -> none end),
    ok = inet:setopts(S, [{active, once}]),
    t:show(receive {tcp, S, D4} -> D4 end),
    ok = inet:setopts(S, [{active, 2}, {packet, 1}]),
    ok = inet:setopts(C, [{packet, 1}]),
    [ok = gen_tcp:send(C, [N]) || N <- "abc"],
    t:show([receive {tcp, S, D5} -> D5; {tcp_passive, S} -> passive end || _ <- [1, 2, 3]]),
    t:show(inet:getopts(S, [active])),
    t:show(inet:setopts(S, [{active, 32768}])),
    t:show(inet:setopts(S, [{active, 5}, {active, -2}])),
    t:show(receive {tcp, S, D6} -> D6 end),
    t:show(inet:getopts(S, [active, packet, mode])),
    t:show(inet:setopts(S, [{active, -100}])),
    t:show(receive {tcp_passive, S} -> passive after 100 -> none end),
    ok = inet:setopts(S, [{active, true}]),
    t:show(gen_tcp:recv(S, 0)),
    ok = gen_tcp:close(C),
    t:show(receive {tcp_closed, S} -> closed end),
    t:show(receive {'EXIT', S, Reason} -> Reason after 50 -> no_exit end),
    t:show(inet:getopts(S, [active])),
    %% of another process
    {C2, S2} = pair([binary, {active, false}], [binary]),
    Self = self(),
    Pid = spawn_link(fun() ->
        receive {yours, Socket} -> inet:setopts(Socket, [{active, true}]) end,
        receive {tcp, Socket, D} -> Self ! {got, D} end
    end),
    t:show(gen_tcp:controlling_process(S2, Pid)),
    Pid ! {yours, S2},
    ok = gen_tcp:send(C2, "for another"),
    t:show(receive {got, D7} -> D7 end),
    t:show(receive {tcp_closed, C2} -> closed end),
    t:show(gen_tcp:controlling_process(S2, self())).

timeouts() ->
    {C, S} = pair([binary, {active, false}], [binary, {active, false}]),
    t:show(gen_tcp:recv(S, 0, 0)),
    t:show(gen_tcp:recv(S, 0, 20)),
    ok = gen_tcp:send(C, "12"),
    timer:sleep(20),
    t:show(gen_tcp:recv(S, 3, 20)),
    ok = gen_tcp:send(C, "3"),
    t:show(gen_tcp:recv(S, 3, 1000)),
    {ok, L} = gen_tcp:listen(0, []),
    t:show(gen_tcp:accept(L, 0)),
    t:show(gen_tcp:accept(L, 20)),
    gen_tcp:close(L),
    gen_tcp:close(C),
    gen_tcp:close(S),
    %% a peer that reads nothing
    {C2, S2} = pair([{active, false}, {recbuf, 1000}], [{sndbuf, 1000}, {send_timeout, 50}, {active, false}]),
    Block = lists:duplicate(100000, $x),
    t:show(fill(C2, Block, 200)),
    t:show(gen_tcp:send(C2, Block)),
    ok = inet:setopts(C2, [{send_timeout_close, true}]),
    t:show(gen_tcp:send(C2, Block)),
    t:show(gen_tcp:send(C2, Block)),
    gen_tcp:close(S2).

fill(_, _, 0) -> never;
fill(S, Block, N) ->
    case gen_tcp:send(S, Block) of
        ok -> fill(S, Block, N - 1);
        Error -> Error
    end.

many_acceptors() ->
    {ok, L} = gen_tcp:listen(0, [binary, {backlog, 50}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(L),
    Self = self(),
    Pids = [spawn_link(fun() -> Self ! {self(), ready}, {ok, S} = gen_tcp:accept(L), gen_tcp:send(S, <<N>>), gen_tcp:close(S), Self ! {accepted, N} end) || N <- lists:seq(1, 20)],
    [receive {P, ready} -> ok end || P <- Pids],
    Dead = spawn(fun() -> gen_tcp:accept(L) end),
    timer:sleep(20),
    exit(Dead, kill),
    Sockets = [begin {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary]), C end || _ <- Pids],
    t:show(lists:sort([receive {accepted, N} -> N end || _ <- Pids])),
    t:show(lists:sort([receive {tcp, C, <<N>>} -> N end || C <- Sockets])),
    Waiting = [spawn_link(fun() -> Self ! {self(), gen_tcp:accept(L)} end) || _ <- [1, 2, 3]],
    timer:sleep(20),
    gen_tcp:close(L),
    t:show([receive {P, R} -> R end || P <- Waiting]),
    t:show(gen_tcp:accept(L)).

half_closed() ->
    {C, S} = pair([binary, {active, false}, {exit_on_close, false}], [binary, {active, false}]),
    ok = gen_tcp:send(C, "request"),
    t:show(gen_tcp:shutdown(C, write)),
    t:show(gen_tcp:recv(S, 0)),
    t:show(gen_tcp:recv(S, 0)),
    t:show(gen_tcp:send(S, "answer")),
    t:show(gen_tcp:recv(C, 0)),
    t:show(gen_tcp:send(C, "more")),
    gen_tcp:close(S),
    {C2, S2} = pair([binary, {active, true}, {exit_on_close, false}], [binary, {active, false}]),
    ok = gen_tcp:shutdown(C2, read_write),
    t:show(receive {tcp_closed, S2} -> closed end),
    t:show(is_list(erlang:port_info(S2))),
    gen_tcp:close(S2),
    %% reset by the peer
    {C3, S3} = pair([binary, {active, false}, {show_econnreset, true}], [binary, {active, false}, {linger, {true, 0}}]),
    gen_tcp:close(C3),
    t:show(gen_tcp:recv(S3, 0)),
    {C4, S4} = pair([binary, {active, true}, {show_econnreset, true}], [binary, {active, false}, {linger, {true, 0}}]),
    gen_tcp:close(C4),
    t:show([receive {tcp_error, S4, R} -> R; {tcp_closed, S4} -> closed after 500 -> none end || _ <- [1, 2]]),
    {C5, S5} = pair([binary, {active, false}], [binary, {active, false}, {linger, {true, 0}}]),
    gen_tcp:close(C5),
    timer:sleep(20),
    t:show(gen_tcp:send(S5, "x")),
    t:show(gen_tcp:recv(S5, 0)).

errors() ->
    {ok, L} = gen_tcp:listen(0, []),
    {ok, Port} = inet:port(L),
    t:show(gen_tcp:listen(Port, [])),
    t:show(gen_tcp:recv(L, 0)),
    t:show(gen_tcp:send(L, "x")),
    gen_tcp:close(L),
    t:show(gen_tcp:connect({127, 0, 0, 1}, Port, [])),
    t:show(gen_tcp:connect({127, 0, 0, 1}, Port, [], 100)),
    t:show(gen_tcp:listen(0, [{ip, {1, 2, 3, 4}}])),
    t:show(t:try_it(fun() -> gen_tcp:listen(0, [nonsense]) end)),
    t:show(t:try_it(fun() -> gen_tcp:listen(0, [{ip, {0, 0, 0, 0, 0, 0, 0, 1}}, inet]) end)),
    t:show(gen_tcp:recv(L, 0)),
    t:show(inet:sockname(L)),
    t:show(inet:setopts(L, [{active, true}])),
    t:show(t:try_it(fun() -> open_port({spawn_driver, "no_such_driver"}, []) end)),
    {C, S} = pair([{packet, 4}, {packet_size, 10}, {active, false}], [{active, false}]),
    ok = gen_tcp:send(C, <<100:32>>),
    t:show(gen_tcp:recv(S, 0)),
    t:show(gen_tcp:recv(C, 0)).

statistics() ->
    {C, S} = pair([binary, {active, false}], [{active, false}]),
    [ok = gen_tcp:send(C, lists:duplicate(N, $a)) || N <- [10, 20, 30]],
    {ok, _} = gen_tcp:recv(S, 60),
    t:show(inet:getstat(C, [send_cnt, send_max, send_avg, send_oct, send_pend, recv_cnt])),
    t:show(inet:getstat(S, [recv_cnt, recv_max, recv_avg, recv_oct, recv_dvi])),
    t:show(inet:getstat(S, [nonsense])),
    t:show(prim_inet:getstatus(C)),
    t:show(prim_inet:gettype(C)),
    gen_tcp:close(C),
    gen_tcp:close(S).

names() ->
    {C, S} = pair([], []),
    {ok, Name} = inet:sockname(C),
    t:show({ok, Name} =:= inet:peername(S)),
    t:show(element(1, Name)),
    t:show(erlang:port_info(C, name)),
    ok = inet:setsockname(C, {{1, 2, 3, 4}, 5}),
    t:show(inet:sockname(C)),
    ok = inet:setsockname(C, undefined),
    t:show(inet:sockname(C) =:= {ok, Name}),
    t:show(is_integer(element(2, inet:getfd(C)))),
    t:show(prim_inet:getservbyname(C, "http", "tcp")),
    t:show(prim_inet:getservbyport(C, 443, "tcp")),
    t:show(prim_inet:getservbyname(C, "no such", "tcp")),
    {ok, Interfaces} = inet:getifaddrs(),
    t:show(lists:keyfind("lo", 1, Interfaces)).
