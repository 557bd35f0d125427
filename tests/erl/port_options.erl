%% Ports to programs with every option: framing both ways, streams, environment, folder, arguments, ends, limits; and no descriptor is left.
-module(port_options).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    [begin P = open_port({spawn, "cat"}, [{packet, N}, binary]), [port_command(P, X) || X <- ["", "abc", ["x", <<"y">>]]],
           t:show([N | [got(P) || _ <- [1, 2, 3]]]), port_close(P) end || N <- [1, 2, 4]],
    P1 = open_port({spawn, "cat"}, [{packet, 1}]), t:show([port_command(P1, lists:duplicate(255, $a)), length(element(2, got(P1))), catch_(fun() -> port_command(P1, lists:duplicate(256, $a)) end)]), catch port_close(P1), flush(),
    Sh = os:find_executable("sh"),
    Run = fun(Script, Options) -> ends(open_port({spawn_executable, Sh}, [{args, ["-c", Script]}, exit_status | Options]), []) end,
    t:show(Run("printf 'one\\ntwo\\r\\nlonger than eight\\nend'", [{line, 8}])),
    t:show(Run("printf 'one\\ntwo'", [{line, 8}, binary, eof])),
    t:show(Run("echo out; echo err >&2", [stderr_to_stdout, {line, 80}])),
    t:show(Run("cat <&3 >&4", [nouse_stdio, in, eof])),
    t:show(Run("echo $A-$B-$C", [{env, [{"A", "1"}, {"B", "x=y"}, {"C", false}]}])),
    t:show(Run("pwd", [{cd, "/usr"}])),
    t:show(Run("pwd", [{cd, <<"/">>}])),
    t:show(Run("exit 9", [])), t:show(Run("kill -9 $$", [])), t:show(Run("kill -TERM $$", [])),
    t:show(ends(open_port({spawn_executable, Sh}, [{arg0, "zero"}, {args, ["-c", "echo $0 $1", "a", "b c"]}, exit_status, binary]), [])),
    t:show(ends(open_port({spawn_executable, "/usr"}, [exit_status]), [])),
    t:show(ends(open_port({spawn, "no-such-program-at-all 2>/dev/null"}, [exit_status]), [])),
    t:show(ends(open_port({spawn, "cat"}, [{cd, "/no/such/folder"}, exit_status]), [])),
    Out = open_port({spawn, "cat >/dev/null"}, [out]), t:show([port_command(Out, "x"), port_close(Out)]),
    In = open_port({spawn, "echo in; sleep 1"}, [in]), t:show([got(In), catch_(fun() -> port_command(In, "x") end), receive {'EXIT', In, R0} -> R0 after 2000 -> none end]), flush(),
    %% ends: links, monitors, owners
    L = open_port({spawn, "cat"}, []), M = monitor(port, L), exit(L, why), t:show([receive {'EXIT', L, R1} -> R1 end, receive {'DOWN', M, port, L, R2} -> R2 end]),
    E = open_port({spawn, "true"}, []), t:show(receive {'EXIT', E, R3} -> R3 end),
    S = self(), O = spawn(fun() -> S ! {port, open_port({spawn, "cat"}, [])} end), Dead = receive {port, Po} -> Po end, M2 = monitor(port, Dead), t:show([receive {'DOWN', M2, port, Dead, R4} -> R4 =:= normal orelse R4 =:= noproc end, is_pid(O), erlang:port_info(Dead)]),
    C = open_port({spawn, "cat"}, []), t:show([catch_(fun() -> C ! {O, close}, receive {'EXIT', C, R5} -> R5 after 300 -> nothing end end), catch_(fun() -> C ! bad, receive {'EXIT', C, R6} -> R6 after 300 -> nothing end end)]), catch port_close(C), flush(),
    %% a child that never reads: senders are suspended, or told so
    B = open_port({spawn, "sleep 100"}, [out, {busy_limits_port, {1000, 2000}}]), Big = binary:copy(<<0>>, 200000),
    {Sender, Ref} = spawn_monitor(fun() -> [port_command(B, Big) || _ <- [1, 2, 3]] end),
    t:show([receive {'DOWN', Ref, _, _, R7} -> R7 after 300 -> suspended end, process_info(Sender, status), port_command(B, "x", [nosuspend]), erlang:send(B, {self(), {command, "x"}}, [nosuspend])]),
    {os_pid, Pid} = erlang:port_info(B, os_pid), port_close(B), t:show(receive {'DOWN', Ref, _, _, R8} -> is_tuple(R8) after 2000 -> still end), os:cmd("kill " ++ integer_to_list(Pid)),
    %% no descriptor and no child is left
    Before = descriptors(), [ends(open_port({spawn, "true"}, [exit_status, in]), []) || _ <- lists:seq(1, 40)], [open_close() || _ <- lists:seq(1, 20)],
    t:show([settles(fun() -> descriptors() =< Before + 3 end, 100), settles(fun() -> string:find(os:cmd("ps -o stat= --ppid " ++ os:getpid()), "Z") =:= nomatch end, 50)]).

open_close() -> P = open_port({spawn, "cat"}, [binary]), port_command(P, "x"), got(P), port_close(P).
descriptors() -> {ok, L} = file:list_dir("/proc/self/fd"), length(L).
settles(_, 0) -> false;
settles(F, N) -> F() orelse begin timer:sleep(20), settles(F, N - 1) end.
got(P) -> receive {P, X} -> X after 3000 -> timeout end.
flush() -> receive _ -> flush() after 0 -> ok end.
ends(P, A) -> receive {P, {exit_status, S}} -> {S, lists:reverse(A)}; {P, X} -> ends(P, [X | A]) after 3000 -> {timeout, A} end.
catch_(F) -> try F() catch C:R -> {C, R} end.
