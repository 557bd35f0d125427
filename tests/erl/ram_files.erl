%% Files in memory: file:open with `ram`, and the module ram_file below it.
-module(ram_files).
-export([main/1]).

main(_) ->
    {ok, F} = file:open(<<"0123456789">>, [ram, read, write, binary]),
    t:show([file:read(F, 3), file:position(F, cur), file:position(F, {eof, -2}), file:read(F, 10), file:read(F, 1), file:read(F, 0)]),
    t:show([file:pwrite(F, 3, "abc"), file:pread(F, 0, 20), file:pread(F, 20, 1), file:pread(F, [{0, 2}, {4, 3}]), file:pwrite(F, [{20, "x"}, {0, <<"y">>}])]),
    t:show([ram_file:get_size(F), ram_file:get_file(F), file:position(F, bof), file:write(F, ["ab", <<"cd">>]), file:position(F, cur)]),
    t:show([file:truncate(F), ram_file:get_size(F), file:position(F, 2000), file:truncate(F), ram_file:get_size(F)]),
    t:show([file:position(F, {cur, -3000}), file:position(F, -1), file:pread(F, -1, 1), file:pwrite(F, -1, "a"), file:position(F, what)]),
    t:show([file:sync(F), file:datasync(F), file:advise(F, 0, 1, random), file:advise(F, 0, 1, bad), file:allocate(F, 0, 10), file:close(F), file:read(F, 1)]),
    {ok, R} = file:open("only read", [ram, read]),
    t:show([file:write(R, "x"), file:truncate(R), file:read(R, 4), file:read(R, 100), file:read(R, 100), file:close(R)]),
    {ok, W} = file:open([], [ram, write]),
    t:show([file:read(W, 1), file:write(W, lists:duplicate(5000, $a)), ram_file:get_size(W), file:position(W, 4998), file:write(W, "bcd")]),
    t:show([ram_file:get_size(W), file:close(W)]),
    {ok, E} = file:open([], [ram, binary]),
    t:show([file:read(E, 1), file:write(E, "x"), ram_file:get_file(E), ram_file:get_size(E), file:close(E)]),
    t:show([file:open(<<"x">>, [ram, bad]), element(1, file:open(x, [ram])), t:try_it(fun() -> file:open("x", [ram, raw, read]) end)]),
    {ok, C1} = file:open("copied", [ram, read, binary]), {ok, C2} = file:open("", [ram, read, write]),
    t:show([file:copy(C1, C2), ram_file:get_file(C2), file:copy(C1, C2)]),
    P = erlang:open_port({spawn, "ram_file_drv"}, []),
    t:show([erlang:port_info(P, name), erlang:port_info(P, os_pid), t:try_it(fun() -> port_control(P, 1, "") end), port_command(P, [1, 0, 0, 0, 3, "bytes"]), got(P)]),
    t:show([port_command(P, [99]), port_command(P, [2, 0, 0, 0, 3]), got(P), port_command(P, ""), port_close(P)]).

got(P) -> receive {P, X} -> X after 5000 -> timeout end.
