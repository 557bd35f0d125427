%% Who runs the turn of an idle port itself is traced as scheduled out and in around it.
%% (Collections cost the caller turns.)
%% not under: gc-stress
-module(trace_port_calls).
-export([main/1]).

main(_) ->
    Port = open_port({spawn, "cat > /dev/null"}, [out]),
    timer:sleep(100),
    [t:show({What, traced(Port, Flags, Call)}) ||
        {What, Flags, Call} <- [{send, [running_procs, running_ports], fun() -> [Port ! {parent(), {command, "x"}} || _ <- lists:seq(1, 5)] end},
                                {command, [running_procs, running_ports], fun() -> [port_command(Port, "x") || _ <- lists:seq(1, 5)] end},
                                {running, [running, running_ports], fun() -> port_command(Port, "x") end},
                                {ports, [running_ports], fun() -> port_command(Port, "x") end},
                                {procs, [running_procs], fun() -> port_command(Port, "x") end}]],
    port_close(Port).

parent() -> hd(get('$ancestors')).

%% The events of the caller and of the port, without the places.
traced(Port, Flags, Call) ->
    Parent = self(),
    Caller = spawn_link(fun() -> put('$ancestors', [Parent]), receive go -> Call() end, Parent ! done, receive stop -> ok end end),
    timer:sleep(20),
    erlang:trace(all, true, Flags),
    Caller ! go,
    receive done -> ok end,
    timer:sleep(20),
    erlang:trace(all, false, Flags),
    Delivered = erlang:trace_delivered(all),
    receive {trace_delivered, all, Delivered} -> ok end,
    Events = [{if Who =:= Port -> port; true -> caller end, What, if Who =:= Port -> Where; true -> place end} ||
                 {trace, Who, What, Where} <- messages(), Who =:= Port orelse Who =:= Caller],
    unlink(Caller),
    exit(Caller, kill),
    Events.

messages() -> receive M -> [M | messages()] after 0 -> [] end.
