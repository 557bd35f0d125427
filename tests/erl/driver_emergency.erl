%% A node that ends with a crash dump calls its drivers' emergency_close first.
-module(driver_emergency).
-export([main/1, crash/1]).

main(_) ->
    Folder = t_driver:build(?MODULE),
    Dump = filename:join(Folder, "dump"),
    [begin
         Path = filename:dirname(code:which(?MODULE)),
         Port = open_port({spawn_executable, t:erl()},
                          [{args, ["-noshell", "-noinput", "-pa", Path, "-run", atom_to_list(?MODULE), "crash", Folder]},
                           {env, [{"ERL_CRASH_DUMP", Dump}, {"ERL_CRASH_DUMP_SECONDS", Seconds}]}, exit_status, stderr_to_stdout, hide]),
         t:show({Seconds, [Line || Line <- string:lexemes(output(Port), "\r\n"), string:find(Line, "emergency") =/= nomatch]})
     end || Seconds <- ["5", "0"]].

%% In the other node.
crash([Folder]) ->
    ok = erl_ddll:load(Folder, probe_drv),
    _ = open_port({spawn, "probe_drv"}, []),
    erlang:halt("the slogan").

output(Port) ->
    receive
        {Port, {data, Data}} -> Data ++ output(Port);
        {Port, {exit_status, _}} -> ""
    end.
