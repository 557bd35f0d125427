%% flags: +S 4:4
%% timeout: 120
%% 2,000 children are started, used, killed and forgotten by many processes at once; none stays as a zombie, no descriptor is lost.
-module(children).
-export([main/1]).

main(_) ->
    os:cmd("true"),
    Before = descriptors(),
    Each = 2000 div 8,
    Workers = [spawn_monitor(fun() -> [work((I + W) rem 5) || I <- lists:seq(1, Each)] end) || W <- lists:seq(1, 8)],
    t:show(lists:usort([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Workers])),
    stress:wait_until(fun() -> {descriptors() =< Before, zombies(), length(erlang:ports()) < 5} =:= {true, 0, true} end),
    t:show(nothing_left).

%% Its status, its output, its input; its port closed at once; its owner gone.
work(0) ->
    P = open_port({spawn_executable, "/bin/true"}, [exit_status]),
    receive {P, {exit_status, 0}} -> ok end;
work(1) ->
    P = open_port({spawn_executable, "/bin/echo"}, [{args, ["hello"]}, exit_status, binary]),
    receive {P, {data, <<"hello\n">>}} -> ok end,
    receive {P, {exit_status, 0}} -> ok end;
work(2) ->
    P = open_port({spawn_executable, "/bin/cat"}, [binary]),
    port_command(P, <<"through">>),
    receive {P, {data, <<"through">>}} -> ok end,
    port_close(P);
work(3) ->
    port_close(open_port({spawn_executable, "/bin/cat"}, []));
work(4) ->
    {Pid, M} = spawn_monitor(fun() -> open_port({spawn_executable, "/bin/cat"}, [out]) end),
    receive {'DOWN', M, process, Pid, _} -> ok end.

descriptors() -> length(element(2, file:list_dir("/proc/self/fd"))).

zombies() ->
    Fields = [string:lexemes(L, " ") || L <- string:lexemes(os:cmd("ps -e -o pid=,ppid=,stat="), "\n")],
    Parents = [os:getpid() | [Pid || [Pid, Parent | _] <- Fields, Parent =:= os:getpid()]],
    length([Pid || [Pid, Parent, "Z" ++ _] <- Fields, lists:member(Parent, Parents)]).
