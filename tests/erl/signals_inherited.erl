%% A node that was started with a hangup or an interrupt ignored, as by nohup or in a script's background, goes on after one; another
%% ends. (Interrupts: with +Bd, which leaves them as they are.)
-module(signals_inherited).
-export([main/1]).

main(_) ->
    [t:show(node_after(Signal, Flags, Before)) || {Signal, Flags} <- [{"HUP", ""}, {"INT", "+Bd"}], Before <- ["trap '' " ++ Signal ++ "; ", ""]].

node_after(Signal, Flags, Before) ->
    Kill = "os:cmd(\"kill -" ++ Signal ++ " \" ++ os:getpid()), receive after 500 -> io:format(\"alive~n\"), halt() end.",
    os:cmd(Before ++ t:erl() ++ " " ++ Flags ++ " -noshell -eval '" ++ Kill ++ "'; echo ended").
