%% What `joist run` calls: compiles when needed, loads, and calls Function/1 with the arguments as strings.
%% Exit codes: 0 when the function returns, 1 when it cannot be called or fails.
-module(joist_run).
-export([start/0]).

start() ->
    [Kind, What, Function | Arguments] = init:get_plain_arguments(),
    Module = load(Kind, What),
    call(Module, list_to_atom(Function), Arguments).

load("beam", File) ->
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
load("source", File) ->
    Folder = filename:dirname(File),
    case compile:file(File, [binary, report_errors, {i, Folder}, {i, filename:join(Folder, "../include")}]) of
        {ok, Module, Bytes} ->
            add_folder(File),
            load_binary(Module, File, Bytes);
        {ok, Module, Bytes, _Warnings} ->
            add_folder(File),
            load_binary(Module, File, Bytes);
        _ ->
            halt(1)
    end;
load("module", Name) ->
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

call(Module, Function, Arguments) ->
    case erlang:function_exported(Module, Function, 1) of
        true -> ok;
        false -> fail("~ts has no exported function ~ts/1", [Module, Function])
    end,
    try Module:Function(Arguments) of
        _ -> halt(0)
    catch
        Class:Reason:Stack ->
            Trimmed = lists:takewhile(fun(Frame) -> element(1, Frame) =/= ?MODULE end, Stack),
            Text = erl_error:format_exception(Class, Reason, Trimmed),
            io:put_chars(standard_error, ["joist: ", unicode:characters_to_binary(Text), $\n]),
            halt(1)
    end.

fail(Format, Arguments) ->
    io:format(standard_error, "joist: " ++ Format ++ "~n", Arguments),
    halt(1).
