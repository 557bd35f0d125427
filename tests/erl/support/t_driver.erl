%% The driver of the tests driver_*.erl.
-module(t_driver).
-export([build/1]).

%% Compiles probe_drv.c, beside the source of Module's support; the folder with probe_drv.so.
build(Module) ->
    Source = filename:join(filename:dirname(proplists:get_value(source, Module:module_info(compile))), "support/probe_drv.c"),
    Folder = filename:dirname(code:which(Module)) ++ "/" ++ os:getpid(),
    ok = filelib:ensure_dir(Folder ++ "/x"),
    Include = code:root_dir() ++ "/usr/include",
    "" = os:cmd("cc -w -shared -fPIC -I" ++ Include ++ " -o " ++ Folder ++ "/probe_drv.so " ++ Source),
    Folder.
