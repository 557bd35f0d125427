%% Compiles a list of source files with [deterministic], several at a time; behind tools/compile_equality.
%%
%% erl -noshell -run compile_all run JOB.term WORKERS
%% JOB.term holds {Files, OutDir}: Files is [{Name, Source, Includes}]; the beam, or what the compiler complained of, goes
%% to OutDir/Name.beam or OutDir/Name.error. Prints a line a file.
-module(compile_all).
-export([run/1]).

run([Job, Workers]) ->
    {ok, [{Files, OutDir}]} = file:consult(Job),
    Parent = self(),
    Count = list_to_integer(Workers),
    Pids = [spawn_link(fun() -> worker(Parent, OutDir) end) || _ <- lists:seq(1, Count)],
    serve(Files, length(Pids)),
    erlang:halt(0).

%% Hands out the files one by one; ends when every worker has been told that there are no more.
serve(_, 0) -> ok;
serve(Files, Working) ->
    receive
        {next, Pid} ->
            case Files of
                [File | Rest] -> Pid ! {file, File}, serve(Rest, Working);
                [] -> Pid ! done, serve([], Working - 1)
            end
    end.

worker(Parent, OutDir) ->
    Parent ! {next, self()},
    receive
        {file, {Name, Source, Includes}} ->
            compile(Name, Source, Includes, OutDir),
            worker(Parent, OutDir);
        done ->
            ok
    end.

make(".yrl", Source, _, OutDir) ->
    Parser = filename:join(OutDir, filename:basename(Source) ++ ".generated.erl"),
    {ok, _, _} = yecc:file(Source, [return, {parserfile, Parser}]),
    {ok, Text} = file:read_file(Parser),
    ok = file:delete(Parser),
    %% the generated file names itself
    {ok, yecc, binary:replace(Text, list_to_binary(Parser), <<"PARSER">>, [global]), []};
make(".S", Source, Options, _) ->
    compile:file(Source, [from_asm, no_postopt | Options]);
make(".erl", Source, Options, _) ->
    compile:file(Source, Options).

compile(Name, Source, Includes, OutDir) ->
    Started = erlang:monotonic_time(millisecond),
    Options = [deterministic, binary, return, {d, 'COMPILER_VSN', "1"} | [{i, Dir} || Dir <- Includes]],
    %% a process of its own, as the heap of one file is no use for the next
    {Pid, Monitor} = spawn_opt(fun() -> exit({result, catch make(filename:extension(Source), Source, Options, OutDir)}) end, [monitor, {min_heap_size, 100000}]),
    Result = receive {'DOWN', Monitor, process, Pid, R} -> R end,
    Base = filename:join(OutDir, Name),
    case Result of
        {result, {ok, _, Beam}} when is_binary(Beam) ->
            ok = file:write_file(Base ++ ".beam", Beam);
        {result, {ok, _, Beam, _}} when is_binary(Beam) ->
            ok = file:write_file(Base ++ ".beam", Beam);
        Other ->
            ok = file:write_file(Base ++ ".error", io_lib:format("~tp~n", [Other]))
    end,
    io:format("~s ~w ms~n", [Name, erlang:monotonic_time(millisecond) - Started]).
