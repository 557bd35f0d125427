%% The driver of the tests driver_*.erl.
-module(t_driver).
-export([build/1]).

%% Compiles probe_drv.c, which lies beside this; the folder with probe_drv.so, one of this OS process beside Module's beam.
build(Module) ->
    Source = filename:join(filename:dirname(proplists:get_value(source, module_info(compile))), "probe_drv.c"),
    Folder = filename:dirname(code:which(Module)) ++ "/" ++ os:getpid(),
    ok = filelib:ensure_dir(Folder ++ "/x"),
    Include = code:root_dir() ++ "/usr/include",
    "" = os:cmd("cc -w -shared -fPIC -I" ++ Include ++ " -o " ++ Folder ++ "/probe_drv.so " ++ Source),
    Folder.
