%% Servers under load, for tools/bench_servers: each prints the port it listens on and serves until its input ends.
-module(bench_servers).
-export([httpd/1, echo/0, clients/1]).

%% inets' httpd with the files of a folder.
httpd([Folder]) ->
    {ok, _} = application:ensure_all_started(inets),
    {ok, Pid} = inets:start(httpd, [{port, 0}, {server_name, "bench"}, {server_root, Folder}, {document_root, Folder}, {bind_address, {127, 0, 0, 1}},
                                    {modules, [mod_alias, mod_get, mod_head]}]),
    serve(proplists:get_value(port, httpd:info(Pid))).

%% Sends back what it gets; a process for each connection.
echo() ->
    {ok, Listen} = gen_tcp:listen(0, [binary, {active, false}, {backlog, 4096}, {ip, {127, 0, 0, 1}}]),
    [spawn_link(fun() -> accept(Listen) end) || _ <- lists:seq(1, 8)],
    {ok, Port} = inet:port(Listen),
    serve(Port).

serve(Port) ->
    io:format("~b~n", [Port]),
    eof = io:get_line(""),
    erlang:halt(0).

accept(Listen) ->
    {ok, Socket} = gen_tcp:accept(Listen),
    Pid = spawn(fun() -> receive mine -> ok end, inet:setopts(Socket, [{active, true}]), echoes(Socket) end),
    ok = gen_tcp:controlling_process(Socket, Pid),
    Pid ! mine,
    accept(Listen).

echoes(Socket) ->
    receive
        {tcp, Socket, Data} -> ok = gen_tcp:send(Socket, Data), echoes(Socket);
        {tcp_closed, Socket} -> ok
    end.

%% Opens Count connections, sends Rounds messages on each, and prints how many answers were right.
clients([Port, Count, Rounds]) ->
    Sockets = [begin {ok, S} = gen_tcp:connect({127, 0, 0, 1}, list_to_integer(Port), [binary, {active, false}]), S end
               || _ <- lists:seq(1, list_to_integer(Count))],
    Right = [answer(S, <<Round:64, "hello">>) || Round <- lists:seq(1, list_to_integer(Rounds)), S <- Sockets],
    io:format("~b~n", [length([ok || ok <- Right])]),
    erlang:halt(0).

answer(Socket, Message) ->
    ok = gen_tcp:send(Socket, Message),
    case gen_tcp:recv(Socket, byte_size(Message), 10000) of {ok, Message} -> ok; Other -> Other end.
