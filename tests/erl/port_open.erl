%% What open_port/2 takes and refuses: names, settings and their errors.
-module(port_open).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    [try_open(Name, Options) || {Name, Options} <-
        [{a, [foo]}, {"a/b/c", []}, {"no such file", [in]}, {1, []}, {1, [foo]}, {{}, []}, {[], []}, {<<"a">>, []},
         {{spawn, "cat"}, [foo]}, {{spawn, "cat"}, foo}, {{spawn, "cat"}, [in | out]}, {{spawn, 1}, []}, {{spawn, ""}, []}, {{spawn, cat}, []},
         {{spawn, <<"cat">>}, []}, {{spawn, "cat", 1}, []}, {{spawn, "cat"}, [{args, ["a"]}]}, {{spawn, "cat"}, [{arg0, "a"}]},
         {{spawn, "cat"}, [{cd, 1}]}, {{spawn, "cat"}, [{packet, 3}]}, {{spawn, "cat"}, [{packet, 1}, {line, 3}]}, {{spawn, "cat"}, [{line, 0}]},
         {{spawn, "cat"}, [{packet, 1}, stream, {line, 3}]}, {{spawn, "cat"}, [line]}, {{spawn, "cat"}, [stderr_to_stdout, nouse_stdio]},
         {{spawn, "cat"}, [{parallelism, maybe_}]}, {{spawn, "cat"}, [{parallelism, true}]}, {{spawn, "cat"}, [hide, overlapped_io, eof, binary, in, out]},
         {{spawn, "cat"}, [{busy_limits_port, {0, 1}}]}, {{spawn, "cat"}, [{busy_limits_port, {9, 1}}]}, {{spawn, "cat"}, [{busy_limits_port, disabled}]},
         {{spawn, "cat"}, [{busy_limits_msgq, {a, 1}}]}, {{spawn, "cat"}, [{busy_limits_msgq, {5, 10}}]}, {{spawn, "cat"}, [{busy_limits_port, on}]},
         {{spawn, "cat"}, [{env, [{"a=b", "c"}]}]}, {{spawn, "cat"}, [{env, [{"a", 1}]}]}, {{spawn, "cat"}, [{env, [{"a", false}, {"b", "c"}]}]},
         {{spawn, "cat"}, [{env, [a]}]}, {{spawn, "cat"}, [{env, [{"a", b}]}]}, {{spawn, "cat"}, [{env, [{"a", [b]}]}]}, {{spawn, "cat"}, [{env, [{a, "b"}]}]},
          {{spawn, "cat"}, [{env, a}]}, {{fd, 0, 1}, [exit_status]}, {{fd, -1, 1}, []}, {{fd, a, 1}, []}, {{fd, 0}, []},
         {{fd, 0, 1}, [{args, []}]}, {{spawn_executable, "no such file"}, []}, {{spawn_executable, "cat"}, []}, {{spawn_executable, "/bin/cat"}, [{args, a}]},
         {{spawn_executable, "/bin/cat"}, [{args, [1]}]}, {{spawn_executable, "/bin/cat"}, [{args, ["-u", <<"-">>]}, {arg0, "x"}]},
         {{spawn_driver, "no such driver"}, []}, {{spawn_driver, "ram_file_drv"}, []}, {{spawn_driver, "ram_file_drv x"}, []},
         {{spawn_driver, "ram_file_drv"}, [exit_status]}, {{spawn, "ram_file_drv"}, [exit_status]}, {{spawn_driver, "spawn"}, []}, {{spawn_driver, 1}, []},
         {{other, "cat"}, []}]],
    file:write_file("port_file", "line 1\nline 2\n"),
    P = open_port("port_file", [in, line]),
    t:show([got(P), got(P), got(P)]),
    Q = open_port(port_file, [out]),
    t:show([Q ! {self(), {command, "new"}} =:= {self(), {command, "new"}}, port_close(Q), file:read_file("port_file"), file:delete("port_file")]).

try_open(Name, Options) ->
    R = try open_port(Name, Options) of
            P -> I = erlang:port_info(P, name), catch port_close(P), {port, I}
        catch C:E -> {C, E}
        end,
    receive {'EXIT', _, _} -> ok after 0 -> ok end,
    t:show({Name, Options, R}).

got(P) -> receive {P, X} -> X; {'EXIT', P, R} -> {exit, R} after 5000 -> timeout end.
