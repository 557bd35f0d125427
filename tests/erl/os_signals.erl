%% Signals of the OS as os:set_signal/2 has them: told to erl_signal_server, dropped where there is none, or ignored.
-module(os_signals).
-export([main/1]).

main(_) ->
    unregister(erl_signal_server),
    [io:format("~p~n", [{Name, handled(Name, Kill)}]) ||
        {Name, Kill} <- [{sigterm, "TERM"}, {sigchld, "CHLD"}, {sigusr1, "USR1"}, {sigusr2, "USR2"}, {sighup, "HUP"}, {sigalrm, "ALRM"}]],
    %% The ends of port programs are no signals.
    ok = os:set_signal(sigchld, handle),
    Statuses = told(fun() -> [status(N) || N <- lists:seq(1, 20)] end),
    io:format("~p~n", [Statuses]),
    Together = told(fun() -> lists:usort([receive {P, {exit_status, S}} -> S end || P <- [start(7) || _ <- lists:seq(1, 20)]]) end),
    io:format("~p~n", [Together]),
    ok = os:set_signal(sigchld, default),
    io:format("~p~n", [told(fun() -> kill("CHLD") end)]).

handled(Name, Kill) ->
    ok = os:set_signal(Name, handle),
    Told = told(fun() -> [kill(Kill) || _ <- lists:seq(1, 3)] end),
    kill(Kill),  % nobody is there
    ok = os:set_signal(Name, ignore),
    {Told, told(fun() -> kill(Kill) end)}.

%% What Action answers, and what the signal server was told meanwhile.
told(Action) ->
    register(erl_signal_server, self()),
    Result = Action(),
    unregister(erl_signal_server),
    {Result, events()}.

events() ->
    receive {notify, Event} -> [Event | events()] after 0 -> [] end.

%% One signal at a time: two of a kind may become one.
kill(Kill) ->
    [] = os:cmd("kill -" ++ Kill ++ " " ++ os:getpid()),
    timer:sleep(30).

status(N) ->
    Port = start(N),
    receive {Port, {exit_status, S}} -> S end.

start(N) -> open_port({spawn_executable, "/bin/sh"}, [exit_status, {args, ["-c", "exit " ++ integer_to_list(N)]}]).
