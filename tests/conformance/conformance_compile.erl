%% Compiles the modules of OTP's test folders. The job file holds a list of {Source, Options}; a line is printed for each module
%% that does not compile. Those get a second chance when all others are there: they may need a parse transform or behaviour.
-module(conformance_compile).
-export([main/1]).

main([Job]) ->
    {ok, [Files]} = file:consult(Job),
    Again = compile(Files),
    [io:format("~ts: ~0tP~n", [Source, Why, 30]) || {{Source, _}, Why} <- failures(Again)],
    erlang:halt(0).

compile(Files) ->
    [File || {File, _} <- failures(Files)].

%% The files that do not compile, with the reason. As many at a time as there are schedulers.
failures(Files) ->
    Workers = [spawn_monitor(fun() -> exit({compiled, [{File, Why} || File <- Part, (Why = one(File)) =/= ok]}) end)
               || Part <- parts(Files, erlang:system_info(schedulers_online))],
    lists:append([receive {'DOWN', Monitor, process, _, {compiled, Failed}} -> Failed end || {_, Monitor} <- Workers]).

one({Source, Options}) ->
    try compile:file(Source, [return_errors | Options]) of
        {ok, _} -> ok;
        {error, Errors, _} -> Errors;
        error -> error
    catch Class:Reason -> {Class, Reason}
    end.

%% The list dealt out in turns to N lists.
parts(List, N) ->
    Numbered = lists:enumerate(List),
    [[Element || {Index, Element} <- Numbered, Index rem N =:= Rest] || Rest <- lists:seq(0, N - 1)].
