%% Files of the OTP installation, which Joist reads without a dirty scheduler: what is there, what is not, what is no regular file, and
%% names that lead out of it again.
-module(file_installation).
-export([main/1]).

main(_) ->
    Root = code:root_dir(),
    Ebin = code:lib_dir(stdlib, ebin),
    Beam = filename:join(Ebin, "lists.beam"),
    {ok, <<"FOR1", _/binary>> = Code} = file:read_file(Beam),
    {ok, {lists, Md5}} = beam_lib:md5(Code),
    io:format("~p ~p~n", [byte_size(Code), binary:encode_hex(Md5)]),
    {ok, Info} = file:read_file_info(Beam, [{time, posix}]),
    io:format("~p ~p~n", [element(2, Info), element(3, Info)]),
    {ok, Names} = file:list_dir(Ebin),
    io:format("~p~n", [lists:member("lists.beam", Names)]),
    Odd = [Root, Ebin, filename:join(Ebin, "no_such.beam"), filename:join(Beam, "below"), Root ++ "/../../../dev/null",
           Root ++ "/no_such/../releases", Ebin ++ "/../ebin/lists.app", Root ++ [$/, 0], ""],
    [io:format("~p ~p ~p~n", [short(prim_file:read_file(Name)), type(prim_file:read_file_info(Name)), short(prim_file:list_dir(Name))]) || Name <- Odd],
    %% Many at once, and traced.
    Self = self(),
    erlang:trace_pattern({prim_file, read_file_nif, 1}, true, [local]),
    Pids = [spawn(fun() -> receive go -> {ok, Same} = prim_file:read_file(Beam), Self ! {self(), Same =:= Code} end end) || _ <- lists:seq(1, 20)],
    [erlang:trace(Pid, true, [call]) || Pid <- Pids],
    [Pid ! go || Pid <- Pids],
    io:format("~p~n", [lists:usort([receive {Pid, Same} -> Same end || Pid <- Pids])]),
    io:format("~p~n", [length([receive {trace, Pid, call, {prim_file, read_file_nif, [_]}} -> seen end || Pid <- Pids])]).

short({ok, Bytes}) when is_binary(Bytes) -> {ok, byte_size(Bytes) > 0};
short({ok, Names}) -> {ok, length(Names) > 0};
short(Other) -> Other.

type({ok, Info}) -> element(3, Info);
type(Other) -> Other.
