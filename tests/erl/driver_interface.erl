%% A driver in C, compiled here, that tries the parts of the driver interface.
-module(driver_interface).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    Folder = t_driver:build(?MODULE),
    t:show(erl_ddll:load(Folder, probe_drv)),
    t:show(lists:member("probe_drv", element(2, erl_ddll:loaded_drivers()))),
    [t:show(t:try_it(fun() -> open_port({spawn_driver, "probe_drv " ++ How}, []) end)) || How <- ["general", "badarg", "errno"]],
    t:show(t:try_it(fun() -> open_port({spawn, "probe_drv"}, [exit_status]) end)),
    t:show(t:try_it(fun() -> open_port({spawn, "probe_drv"}, [{busy_limits_port, {1, 2}}]) end)),
    Port = open_port({spawn, "probe_drv"}, [binary]),
    t:show([erlang:port_info(Port, Item) || Item <- [name, locking, os_pid, queue_size]]),
    controls(Port),
    messages(Port),
    queue(Port),
    t:show(port_close(Port)),
    t:show(flush(50)),
    ends(),
    t:show(erl_ddll:info(probe_drv, port_count)),
    t:show(erl_ddll:try_unload(probe_drv, [{monitor, pending_driver}]) =/= error),
    receive {'DOWN', _, driver, probe_drv, Why} -> t:show(Why) after 2000 -> t:show(still_there) end,
    t:show(t:try_it(fun() -> erl_ddll:info(probe_drv, port_count) end)),
    t:show(erl_ddll:try_load(Folder, "no such", [])).

controls(Port) ->
    t:show([erlang:port_control(Port, Operation, Data) || {Operation, Data} <- [{$e, "small"}, {$n, []}, {$e, lists:duplicate(70, $x)}]]),
    t:show([erlang:port_control(Port, $l, Data) || Data <- ["small", lists:duplicate(70, $y)]]),
    t:show(t:try_it(fun() -> erlang:port_control(Port, 0, []) end)),
    t:show(erlang:port_call(Port, {a, [1, 2.5, self() =:= self()]})),
    t:show(erlang:port_call(Port, 2, lists:seq(1, 100)) =:= lists:seq(1, 100)),
    t:show(t:try_it(fun() -> erlang:port_call(Port, 1, x) end)),
    t:show(t:try_it(fun() -> erlang:port_command(Port, "x", [force]) end)).

messages(Port) ->
    [begin
         erlang:port_control(Port, Operation, Data),
         t:show({Operation, next(Count)})
     end || {Operation, Data, Count} <- [{$t, "", 1}, {$C, "", 1}, {$T, "", 1}, {$a, "", 1}, {$m, "", 1}, {$M, "", 3}, {$p, "piped", 1}]],
    Watched = spawn(fun() -> receive {go, P} -> erlang:port_control(P, $m, "") end end),
    Watched ! {go, Port},
    t:show(next(2)).

queue(Port) ->
    Large = binary:copy(<<"large ">>, 100),
    [t:show(erlang:port_command(Port, Data)) || Data <- ["first", [<<"second">>, Large, "third"], Large]],
    erlang:port_control(Port, $u, "pushed "),
    erlang:port_control(Port, $d, <<9>>),
    t:show(erlang:port_info(Port, queue_size)),
    [t:show(M) || M <- flush(0)],
    erlang:port_control(Port, $q, ""),
    [t:show({size, iolist_size(Data), erlang:md5(Data)}) || {data, Data} <- flush(0)].

ends() ->
    [begin
         Port = open_port({spawn, "probe_drv"}, Options),
         erlang:port_control(Port, $p, ""),
         [erlang:port_control(Port, Operation, "") || Operation <- Operations],
         t:show({Operations, Options, next(Count)}),
         catch port_close(Port)
     end || {Operations, Options, Count} <- [{"f", [], 2}, {"x", [], 2}, {"X", [], 1}, {"P", [], 2}, {"P", [eof], 1}]],
    flush(50),
    Port = open_port({spawn, "probe_drv"}, []),
    erlang:port_control(Port, $c, ""),
    receive
        {made, Other} ->
            t:show([erlang:port_info(Other, Item) || Item <- [name, connected]] =:= [{name, "second"}, {connected, self()}]),
            t:show(erlang:port_call(Other, hello)),
            port_close(Other)
    end,
    port_close(Port),
    t:show(next(4)).

%% What has come, and comes within Wait milliseconds after the last one.
flush(Wait) ->
    receive Message -> [plain(Message) | flush(Wait)] after Wait -> [] end.

%% So many messages.
next(0) -> [];
next(Count) ->
    receive Message -> [plain(Message) | next(Count - 1)] after 5000 -> [nothing] end.

%% Ports are left out.
plain({'EXIT', Port, Reason}) when is_port(Port) -> {exit, Reason};
plain({Port, What}) when is_port(Port) -> What;
plain(Message) -> Message.
