%% Ports of a driver are opened, used in all ways, closed and killed by many processes while others load and unload it by force.
-module(driver_churn).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    Folder = t_driver:build(?MODULE),
    End = erlang:monotonic_time(millisecond) + 4000,
    Churn = fun(Do) -> spawn_monitor(fun() -> process_flag(trap_exit, true), until(End, Do) end) end,
    Loaders = [Churn(fun() -> load_and_unload(Folder) end) || _ <- [1, 2]],
    Users = [Churn(fun() -> catch use_port() end) || _ <- lists:seq(1, 30)],
    t:show(lists:usort([receive {'DOWN', Monitor, process, _, Reason} -> Reason end || {_, Monitor} <- Loaders ++ Users])),
    Wait = erl_ddll:monitor(driver, {probe_drv, unloaded}),
    receive {'DOWN', Wait, driver, probe_drv, What} -> t:show(What) after 5000 -> t:show(still_loaded) end,
    t:show([P || P <- erlang:ports(), {name, "probe_drv"} =:= erlang:port_info(P, name)]).

until(End, Do) ->
    Do(),
    case erlang:monotonic_time(millisecond) < End of
        true -> until(End, Do);
        false -> ok
    end.

load_and_unload(Folder) ->
    _ = erl_ddll:load(Folder, probe_drv),
    timer:sleep(rand:uniform(5)),
    _ = erl_ddll:try_unload(probe_drv, [kill_ports]).

use_port() ->
    Port = open_port({spawn_driver, "probe_drv"}, [binary]),
    [step(rand:uniform(9), Port) || _ <- lists:seq(1, rand:uniform(10))],
    catch port_close(Port),
    flush().

step(1, Port) -> port_command(Port, binary:copy(<<"x">>, rand:uniform(2000)));
step(2, Port) -> Port ! {self(), {command, "abc"}};
step(3, Port) -> erlang:port_control(Port, $p, "data");
step(4, Port) -> erlang:port_call(Port, {a, b});
step(5, Port) -> exit(Port, kill);
step(6, Port) -> spawn(fun() -> catch erlang:port_control(Port, $m, "") end);
step(7, Port) ->
    erlang:port_control(Port, $c, ""),
    receive {made, Other} -> port_close(Other) after 100 -> ok end;
step(_, Port) -> erlang:port_control(Port, lists:nth(rand:uniform(6), "TatqMf"), "").

flush() -> receive _ -> flush() after 0 -> ok end.
