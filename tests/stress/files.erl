%% flags: +S 4:4
%% File operations, which run on dirty schedulers, in processes that others ask, collect and kill meanwhile.
-module(files).
-export([main/1]).

main(_) ->
    Before = length(processes()),
    t:show(stress:parallel(2000, [fun work/0 || _ <- lists:seq(1, 3)] ++ [fun killed/0 || _ <- lists:seq(1, 3)] ++ [fun asked/0 || _ <- lists:seq(1, 3)])),
    stress:wait_until(fun() -> length(processes()) =:= Before end),
    t:show(length(filelib:wildcard("*")) < 30).  % a file operation may end after its process

%% What was written is read again.
work() ->
    Name = name(self()),
    Data = rand:bytes(1 + rand:uniform(5000)),  % pread of no byte says eof
    ok = file:write_file(Name, Data),
    {ok, F} = file:open(Name, [read, write, raw, binary]),
    {ok, Part} = file:pread(F, 0, byte_size(Data) div 2),
    Part = binary:part(Data, 0, byte_size(Part)),
    {ok, _} = file:list_dir("."),
    {error, enoent} = file:read_file(Name ++ "x"),
    ok = file:close(F),
    {ok, Data} = file:read_file(Name),
    ok = file:delete(Name).

killed() ->
    Ps = [spawn_monitor(fun Forever() -> work(), Forever() end) || _ <- lists:seq(1, 5)],
    receive after rand:uniform(3) -> ok end,
    [exit(P, R) || {P, _} <- Ps, R <- [normal, stop, kill]],
    [receive {'DOWN', M, process, P, R} when R =:= stop; R =:= killed -> ok end || {P, M} <- Ps],
    [file:delete(name(P)) || {P, _} <- Ps].

%% Asked and collected, it still reads what it wrote.
asked() ->
    {P, M} = spawn_monitor(fun() -> work(), work() end),
    [begin
        process_info(P, [status, current_stacktrace, memory, dictionary, message_queue_len]),
        erlang:garbage_collect(P, [{async, P}]),
        erlang:check_process_code(P, ?MODULE, [{async, P}]),
        P ! {a, message, [1, 2, 3]},
        receive {garbage_collect, P, _} -> ok end,
        receive {check_process_code, P, _} -> ok end
    end || _ <- lists:seq(1, 4)],
    receive {'DOWN', M, process, P, normal} -> ok end.

name(Pid) -> "f" ++ pid_to_list(Pid).
