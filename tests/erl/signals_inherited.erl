%% A node that was started with a hangup ignored, as by nohup, goes on after one; another ends.
-module(signals_inherited).
-export([main/1]).

main(_) ->
    Hangup = "os:cmd(\"kill -HUP \" ++ os:getpid()), receive after 500 -> io:format(\"alive~n\"), halt() end.",
    [t:show(os:cmd(Before ++ t:erl() ++ " -noshell -eval '" ++ Hangup ++ "'; echo ended")) || Before <- ["trap '' HUP; ", ""]].
