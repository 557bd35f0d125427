%% flags: +S 1:1
%% Who is told that a process is gone finds its ports closed. (With more schedulers that is luck on erl.)
-module(ports_of_the_dead).
-export([main/1]).

main(_) -> io:format("~p~n", [[left(Open, 500) || Open <- [fun cat/0, fun listener/0]]]).

left(Open, N) -> length([left || _ <- lists:seq(1, N), still_there(Open)]).

cat() -> open_port({spawn, "cat"}, []).
listener() -> {ok, L} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]), L.

still_there(Open) ->
    Parent = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Parent ! {self(), Open()}, receive go -> exit(bye) end end),
    receive {Pid, Port} -> Pid ! go end,
    receive {'DOWN', Ref, process, Pid, bye} -> lists:member(Port, erlang:ports()) end.
