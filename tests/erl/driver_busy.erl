%% A port that its driver sets busy: senders wait, in what they see of themselves and in the order of what they send.
-module(driver_busy).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    ok = erl_ddll:load(t_driver:build(?MODULE), probe_drv),
    Port = open_port({spawn, "probe_drv"}, []),
    busy(Port, true),
    t:show([t:try_it(fun() -> erlang:port_command(Port, "x", Options) end) || Options <- [[nosuspend], [force], [nosuspend, force]]]),
    t:show(erlang:send(Port, {self(), {command, "x"}}, [nosuspend])),
    t:show(erlang:send_nosuspend(Port, {self(), {command, "x"}})),
    Self = self(),
    Writers = [spawn(fun() -> write(How, Self, Port), Self ! {done, How} end) || How <- [send, command]],
    timer:sleep(100),
    t:show([process_info(W, status) || W <- Writers]),
    t:show(process_info(hd(Writers), current_function)),
    t:show(received()),
    busy(Port, false),
    t:show(lists:sort(received())),
    t:show(erlang:port_info(Port, queue_size)),
    [begin erlang:port_control(Port, $B, Change), t:show(received()) end || Change <- ["", "set", ""]],
    busy(Port, true),
    Late = spawn(fun() -> Self ! {late, t:try_it(fun() -> erlang:port_command(Port, "late") end)} end),
    timer:sleep(50),
    exit(Port, kill),
    t:show({is_process_alive(Late), received()}).

busy(Port, true) -> erlang:port_control(Port, $b, "on");
busy(Port, false) -> erlang:port_control(Port, $b, "").

write(send, Owner, Port) -> Port ! {Owner, {command, "sent"}};
write(command, _, Port) -> erlang:port_command(Port, "comm").

received() ->
    receive
        {Port, What} when is_port(Port) -> [What | received()];
        {'EXIT', Port, Reason} when is_port(Port) -> [{exit, Reason} | received()];
        Message -> [Message | received()]
    after 100 -> []
    end.
