%% Connections that break: reset while sending and receiving, half closed, peers that vanish; and no CPU time is used while all waits.
-module(faults_sockets).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    reset_while_sending(),
    reset_while_receiving(),
    half_closed(),
    nobody_listens(),
    idle().

pair(Options) ->
    {ok, L} = gen_tcp:listen(0, [binary, {active, false}, {ip, {127, 0, 0, 1}} | Options]),
    {ok, Port} = inet:port(L),
    {ok, A} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false} | Options]),
    {ok, B} = gen_tcp:accept(L),
    gen_tcp:close(L),
    {A, B}.

reset(Socket) ->
    ok = inet:setopts(Socket, [{linger, {true, 0}}]),
    gen_tcp:close(Socket).

%% A sender that waits hears of the reset; so does the next one.
reset_while_sending() ->
    {A, B} = pair([{sndbuf, 8192}, {recbuf, 8192}, {send_timeout, 5000}]),
    Self = self(),
    Sender = spawn_link(fun() -> Self ! {self(), send_until_error(A, binary:copy(<<"x">>, 100000))} end),
    ok = gen_tcp:controlling_process(A, Sender),
    timer:sleep(100),
    reset(B),
    receive {Sender, Reason} -> t:show({sending, is_broken(Reason)}) after 5000 -> t:show(still_sending) end,
    {C, D} = pair([{show_econnreset, true}]),
    reset(D),
    timer:sleep(50),
    t:show({then, gen_tcp:send(C, "a"), gen_tcp:send(C, "b")}),
    {E, F} = pair([]),
    ok = gen_tcp:send(E, "lost"),
    timer:sleep(20),
    gen_tcp:close(F),
    timer:sleep(50),
    t:show({unread, [gen_tcp:send(E, "c") || _ <- [1, 2]]}).

send_until_error(Socket, Data) ->
    case gen_tcp:send(Socket, Data) of
        ok -> send_until_error(Socket, Data);
        {error, Reason} -> Reason
    end.

is_broken(Reason) -> lists:member(Reason, [closed, econnreset, epipe]).

reset_while_receiving() ->
    [begin
         {A, B} = pair([{show_econnreset, Show}]),
         ok = gen_tcp:send(B, "last words"),
         timer:sleep(20),
         Data = gen_tcp:recv(A, 4),
         reset(B),
         timer:sleep(50),
         t:show({Show, Data, gen_tcp:recv(A, 0), gen_tcp:recv(A, 0)})
     end || Show <- [false, true]],
    [begin
         {A, B} = pair([{show_econnreset, Show}, {active, true}]),
         reset(B),
         t:show({active, Show, messages(A)})
     end || Show <- [false, true]].

messages(Socket) ->
    receive
        {tcp_closed, Socket} -> [closed];
        {tcp_error, Socket, Reason} -> [Reason | messages(Socket)];
        {tcp, Socket, Data} -> [Data | messages(Socket)]
    after 1000 -> [nothing]
    end.

half_closed() ->
    {A, B} = pair([{exit_on_close, false}]),
    ok = gen_tcp:send(A, "question"),
    ok = gen_tcp:shutdown(A, write),
    t:show({gen_tcp:recv(B, 8), gen_tcp:recv(B, 0, 1000)}),
    ok = gen_tcp:send(B, "answer"),
    ok = gen_tcp:shutdown(B, write),
    t:show({gen_tcp:recv(A, 6), gen_tcp:recv(A, 0, 1000), gen_tcp:send(A, "more")}),
    {C, D} = pair([]),
    ok = gen_tcp:shutdown(C, read),
    ok = gen_tcp:send(D, "into the void"),
    t:show({gen_tcp:shutdown(C, write), gen_tcp:recv(D, 0, 1000)}).

nobody_listens() ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(L),
    gen_tcp:close(L),
    t:show(gen_tcp:connect({127, 0, 0, 1}, Port, [])),
    {ok, U} = gen_udp:open(0, [{ip, {127, 0, 0, 1}}, {active, false}]),
    ok = gen_udp:connect(U, {127, 0, 0, 1}, Port),
    ok = gen_udp:send(U, "x"),
    timer:sleep(20),
    t:show(gen_udp:recv(U, 0, 200)).

%% Sockets whose peers are gone, data that nobody reads, a full pipe, a waiting sender: nothing is to do.
idle() ->
    Kept = [pair([{active, Active}]) || Active <- [false, once, true]],
    [gen_tcp:shutdown(B, write) || {_, B} <- Kept],
    {C, D} = pair([]),
    ok = gen_tcp:send(D, binary:copy(<<"unread">>, 1000)),
    {E, _} = Full = pair([{sndbuf, 8192}, {recbuf, 8192}]),
    Sender = spawn(fun() -> send_until_error(E, binary:copy(<<"x">>, 1000000)) end),
    Cat = open_port({spawn, "sleep 1"}, [binary]),
    Writer = spawn(fun() -> [Cat ! {X, {command, binary:copy(<<"y">>, 100000)}} || _ <- lists:seq(1, 5), X <- [self()]] end),
    {ok, S} = socket:open(inet, stream),
    ok = socket:bind(S, #{family => inet, addr => loopback, port => 0}),
    ok = socket:listen(S),
    {select, _} = socket:accept(S, nowait),
    timer:sleep(200),
    erlang:garbage_collect(),
    {Before, _} = erlang:statistics(runtime),
    timer:sleep(500),
    {After, _} = erlang:statistics(runtime),
    t:show({idle, After - Before < 100}),
    [exit(P, kill) || P <- [Sender, Writer]],
    catch port_close(Cat),
    t:show(length([Kept, C, D, Full])).
