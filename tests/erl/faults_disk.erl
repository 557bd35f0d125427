%% A full disk (a small tmpfs where mounting is allowed) and no descriptor left: the errors that OTP gives, nothing of what was
%% accepted lost, and all is well again once there is room.
-module(faults_disk).
-export([main/1]).

main(_) ->
    full(),
    no_descriptors().

full() ->
    Dir = "full_disk." ++ os:getpid(),
    ok = file:make_dir(Dir),
    case os:cmd("mount -t tmpfs -o size=64k,nr_inodes=12 tmpfs " ++ Dir ++ " 2>&1") of
        "" ->
            try full(Dir)
            after os:cmd("umount " ++ Dir), ok = file:del_dir(Dir)
            end;
        _ ->
            ok = file:del_dir(Dir),
            io:format("mounting is not allowed here: no full disk~n")
    end.

full(Dir) ->
    Name = filename:join(Dir, "a"),
    Page = binary:copy(<<"0123456789abcdef">>, 256),
    t:show(file:write_file(Name, binary:copy(Page, 20))),
    t:show(file:delete(Name)),
    {ok, F} = file:open(Name, [raw, write, binary]),
    Written = until_error(fun() -> file:write(F, Page) end, 0),
    t:show({raw, Written, filelib:file_size(Name) =:= element(1, Written) * 4096}),
    t:show([file:pwrite(F, 0, <<"again">>), file:pwrite(F, 1 bsl 20, <<"beyond">>), file:pwrite(F, [{0, <<"x">>}, {1 bsl 20, <<"y">>}, {1, <<"z">>}]),
            file:allocate(F, 0, 1 bsl 20), file:sync(F), file:close(F)]),
    {ok, Begin} = file:open(Name, [read, raw, binary]),
    t:show(file:read(Begin, 6)),
    file:close(Begin),
    Other = filename:join(Dir, "b"),
    t:show([file:write_file(Other, Page), file:read_file(Other), file:copy(Name, Other), file:delete(Other)]),
    %% Through a process, and with a delayed write that fails later.
    {ok, P} = file:open(Other, [write, binary]),
    t:show([file:write(P, Page), file:close(P)]),
    {ok, D} = file:open(Other, [raw, write, binary, {delayed_write, 65536, 60000}]),
    t:show([file:write(D, Page), file:sync(D), file:write(D, <<"more">>), file:close(D), file:close(D)]),
    {ok, Z} = file:open(Other, [raw, write, binary, compressed]),
    t:show([file:write(Z, [rand:bytes(4096) || _ <- lists:seq(1, 100)]), element(1, {file:close(Z)})]),
    %% No inode left, though there is room.
    file:delete(Name),
    t:show(until_error(fun() -> file:write_file(filename:join(Dir, integer_to_list(erlang:unique_integer([positive]))), <<>>) end, 0)),
    t:show([file:make_dir(filename:join(Dir, "d")), file:make_symlink("a", filename:join(Dir, "l"))]),
    [file:delete(filename:join(Dir, N)) || N <- element(2, file:list_dir(Dir))],
    t:show([file:write_file(Name, Page), file:read_file(Name) =:= {ok, Page}]).

until_error(F, N) ->
    case F() of
        ok -> until_error(F, N + 1);
        Error -> {N, Error}
    end.

%% As many files open as the process may have.
no_descriptors() ->
    %% What runs meanwhile must be in memory: no file of code can be opened.
    [{module, _} = code:ensure_loaded(M) || M <- [gen_tcp, gen_udp, inet_tcp, inet_udp, inet_db, prim_inet, socket, os, file, io_lib_pretty, file_io_server, local_tcp]],
    os:cmd("true"),
    {ok, L} = gen_tcp:listen(0, [{active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(L),
    {ok, Early} = gen_tcp:connect({127, 0, 0, 1}, Port, [{active, false}]),
    Limit = length(element(2, file:list_dir("/proc/self/fd"))) + 40,
    Old = string:trim(os:cmd("prlimit --noheadings --output SOFT,HARD --nofile --pid " ++ os:getpid())),
    [Soft, Hard] = string:lexemes(Old, " "),
    "" = os:cmd(io_lib:format("prlimit --nofile=~p:~s --pid ~s", [Limit, Hard, os:getpid()])),
    {Files, Error} = all_open([]),
    t:show({length(Files) > 20, Error}),
    t:show([file:open("/dev/null", [read]), file:read_file("/dev/null"), file:list_dir("."), file:write_file("never.there", <<"x">>), file:read_file_info(".") =/= error]),
    t:show([gen_tcp:connect({127, 0, 0, 1}, Port, []), gen_tcp:listen(0, []), gen_udp:open(0), socket:open(inet, stream)]),
    t:show(gen_tcp:accept(L, 500)),
    t:show([t:try_it(fun() -> open_port({spawn, "true"}, [exit_status]) end), t:try_it(fun() -> open_port({spawn_executable, "/bin/true"}, [in]) end)]),
    file:close(hd(Files)),
    {ok, S} = gen_tcp:accept(L, 500),
    t:show([gen_tcp:send(Early, "now"), gen_tcp:recv(S, 3)]),
    [file:close(F) || F <- tl(Files)],
    t:show(os:cmd("echo well")),
    os:cmd(io_lib:format("prlimit --nofile=~s:~s --pid ~s", [Soft, Hard, os:getpid()])),
    gen_tcp:close(S).

all_open(Files) ->
    case file:open("/dev/null", [raw, read]) of
        {ok, F} -> all_open([F | Files]);
        Error -> {Files, Error}
    end.
