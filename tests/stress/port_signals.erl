%% flags: +S 4:4
%% Many signals to one port, from several processes, each of which asks the port something behind its own: it is answered always, though the
%% port's turns end when their time is up and other signals come in between.
-module(port_signals).
-export([main/1]).

main(_) ->
    Port = open_port({spawn, "cat > /dev/null"}, [binary, out]),
    Deadline = stress:deadline(2000),
    Owner = self(),
    Workers = [spawn_monitor(fun() -> rand:seed(exsss, {N, 6, 6}), ask(Port, Owner, Deadline) end) || N <- lists:seq(1, 6)],
    t:show([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Workers]),
    port_close(Port).

ask(Port, Owner, Deadline) ->
    case stress:passed(Deadline) of
        true -> ok;
        false ->
            [Port ! {Owner, {command, <<"x">>}} || _ <- lists:seq(1, rand:uniform(300))],
            case rand:uniform(3) of
                1 -> {connected, Owner} = erlang:port_info(Port, connected);
                2 -> {name, _} = erlang:port_info(Port, name);
                3 -> M = monitor(port, Port), {monitored_by, [_ | _]} = erlang:port_info(Port, monitored_by), demonitor(M, [flush])
            end,
            ask(Port, Owner, Deadline)
    end.
