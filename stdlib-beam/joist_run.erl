%% What `joist run` calls: compiles when needed, loads, and calls Function/1 with the arguments as strings.
%% Exit codes: 0 when the function returns, 1 when it cannot be called or fails. What takes long is shown on a line of the terminal.
-module(joist_run).
-export([start/0]).

start() ->
    [Progress, Kind, What, Function | Arguments] = init:get_plain_arguments(),
    Module = load(Kind, What, Progress =/= "none"),
    Done = show_progress(Progress =:= "all", ["running ", What]),
    Code = call(Module, list_to_atom(Function), Arguments),
    Done(),
    report_and_halt(Code).

load("beam", File, _) ->
    case file:read_file(File) of
        {ok, Bytes} ->
            add_folder(File),
            case beam_lib:info(Bytes) of
                {error, beam_lib, Reason} -> fail("~ts: ~ts", [File, beam_lib:format_error(Reason)]);
                Info -> load_binary(proplists:get_value(module, Info), File, Bytes)
            end;
        {error, Reason} ->
            fail("cannot read ~ts: ~ts", [File, file:format_error(Reason)])
    end;
load("source", File, Progress) ->
    Folder = filename:dirname(File),
    Options = [binary, {i, Folder}, {i, filename:join(Folder, "../include")}],
    Done = show_progress(Progress, ["compiling ", File]),
    Compiled = compile:file(File, Options),
    Done(),
    case Compiled of
        {ok, Module, Bytes} ->
            add_folder(File),
            load_binary(Module, File, Bytes);
        {ok, Module, Bytes, _Warnings} ->
            add_folder(File),
            load_binary(Module, File, Bytes);
        error ->
            %% Once more, for its messages: they would have stood behind the line of progress.
            compile:file(File, [report_errors | Options]),
            halt(1)
    end;
load("module", Name, _) ->
    Module = list_to_atom(Name),
    case code:ensure_loaded(Module) of
        {module, Module} -> Module;
        {error, Reason} -> fail("cannot load module ~ts: ~tp", [Name, Reason])
    end.

add_folder(File) -> code:add_patha(filename:dirname(filename:absname(File))).

load_binary(Module, File, Bytes) ->
    case code:load_binary(Module, File, Bytes) of
        {module, Module} -> Module;
        {error, Reason} -> fail("cannot load ~ts: ~tp", [File, Reason])
    end.

%% ok, or the text of what went wrong.
call(Module, Function, Arguments) ->
    case erlang:function_exported(Module, Function, 1) of
        true -> ok;
        false -> fail("~ts has no exported function ~ts/1", [Module, Function])
    end,
    try Module:Function(Arguments) of
        _ -> ok
    catch
        Class:Reason:Stack ->
            Trimmed = lists:takewhile(fun(Frame) -> element(1, Frame) =/= ?MODULE end, Stack),
            {failed, erl_error:format_exception(Class, Reason, Trimmed)}
    end.

report_and_halt(ok) ->
    halt(0);
report_and_halt({failed, Text}) ->
    io:put_chars(standard_error, ["joist: ", unicode:characters_to_binary(Text), $\n]),
    halt(1).

%% From half a second on, a line that says what is done and for how long, until the function that this returns was called.
show_progress(false, _) ->
    fun() -> ok end;
show_progress(true, What) ->
    Start = erlang:monotonic_time(),
    {Shower, Monitor} = spawn_monitor(fun() -> receive done -> ok after 500 -> show_until_done(What, Start) end end),
    fun() ->
        Shower ! done,
        receive {'DOWN', Monitor, process, Shower, _} -> ok end
    end.

show_until_done(What, Start) ->
    Seconds = erlang:convert_time_unit(erlang:monotonic_time() - Start, native, millisecond) / 1000,
    io:format(standard_error, "\r~ts: ~.1f s\e[K", [What, Seconds]),
    receive
        done -> io:put_chars(standard_error, "\r\e[K")
    after 200 ->
        show_until_done(What, Start)
    end.

fail(Format, Arguments) ->
    io:format(standard_error, "joist: " ++ Format ++ "~n", Arguments),
    halt(1).
