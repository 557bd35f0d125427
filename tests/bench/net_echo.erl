%% area: net repeat: 4
%% Echo over TCP on loopback: small messages to and fro between many pairs of processes, passive on one side, {active, once} on the other.
-module(net_echo).
-export([main/0]).

main() ->
    {ok, L} = gen_tcp:listen(0, [binary, {active, false}, {packet, 4}, {nodelay, true}, {backlog, 100}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(L),
    spawn_link(fun() -> accept(L) end),
    Self = self(),
    Pids = [spawn_link(fun() -> Self ! {self(), client(Port, N)} end) || N <- lists:seq(1, 20)],
    lists:sum([receive {P, Bytes} -> Bytes end || P <- Pids]).

accept(L) ->
    case gen_tcp:accept(L) of
        {ok, S} ->
            Pid = spawn(fun() -> receive go -> serve(S) end end),
            ok = gen_tcp:controlling_process(S, Pid),
            Pid ! go,
            accept(L);
        {error, _} -> ok
    end.

serve(S) ->
    ok = inet:setopts(S, [{active, once}]),
    receive
        {tcp, S, Data} -> ok = gen_tcp:send(S, Data), serve(S);
        {tcp_closed, S} -> ok
    end.

client(Port, N) ->
    {ok, S} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {packet, 4}, {nodelay, true}]),
    Bytes = rounds(S, 500, binary:copy(<<"0123456789">>, 10 * N), 0),
    ok = gen_tcp:close(S),
    Bytes.

rounds(_, 0, _, Sum) -> Sum;
rounds(S, N, Data, Sum) ->
    ok = gen_tcp:send(S, Data),
    {ok, Back} = gen_tcp:recv(S, 0),
    rounds(S, N - 1, Data, Sum + byte_size(Back)).
