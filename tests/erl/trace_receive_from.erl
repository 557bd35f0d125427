%% Match specifications of received messages see who sent them: a process, a port, the clock.
-module(trace_receive_from).
-export([main/1]).

main(_) ->
    Self = self(),
    P = spawn_link(fun() -> Self ! {port, open_port({spawn, "echo hello"}, [])}, wait() end),
    receive {port, Port} -> ok end,
    erlang:trace(P, true, ['receive']),
    [begin
         erlang:trace_pattern('receive', Pattern, []),
         P ! {Name, from_main},
         receive after 30 -> ok end,
         io:format("~p: ~p~n", [Name, lists:usort([case T of {trace, P, 'receive', {_, {data, _}}} -> data; {trace, P, 'receive', M} -> M end || T <- all()]) -- [timeout]])
     end || {Name, Pattern} <- [{any, true}, {me, [{[node(), Self, '_'], [], []}]}, {nobody, [{[node(), undefined, '_'], [], []}]},
                                {port, [{[node(), Port, '_'], [], []}]}, {other, [{['$1', '_', '_'], [{'=/=', '$1', {node}}], []}]}]],
    erlang:trace_pattern('receive', [{[clock_service, undefined, timeout], [], []}], []),
    receive after 50 -> ok end,
    t:show(lists:usort(all())=:= [{trace, P, 'receive', timeout}]),
    echoing().

wait() -> receive _ -> wait() after 10 -> wait() end.

all() -> receive {trace, _, _, _} = T -> [T | all()] after 0 -> [] end.

%% Of a port that answers.
echoing() ->
    Self = self(),
    P = spawn_link(fun() -> Port = open_port({spawn, "cat"}, []), Self ! {port, Port}, cat(Port) end),
    receive {port, Port} -> ok end,
    erlang:trace(P, true, ['receive']),
    erlang:trace_pattern('receive', [{[node(), Port, '_'], [], []}], []),
    P ! go,
    receive {trace, P, 'receive', {Port, {data, Data}}} -> t:show(Data) after 2000 -> t:show(none) end.

cat(Port) -> receive go -> port_command(Port, "text"); _ -> ok end, cat(Port).
