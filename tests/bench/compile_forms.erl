%% area: compiler repeat: 3
-module(compile_forms).
-export([main/0]).
main() ->
    Src = lists:flatten(["-module(m).\n-export([f/1]).\n", [io_lib:format("f(~w) -> X = ~w, [Y * X || Y <- lists:seq(1, X)];\n", [I, I * 2]) || I <- lists:seq(1, 150)], "f(_) -> none.\n"]),
    [begin
        {ok, Ts, _} = erl_scan:string(Src),
        Fs = [begin {ok, F} = erl_parse:parse_form(X), F end || X <- split(Ts, [])],
        {ok, m, Beam} = compile:forms(Fs, [deterministic]), {ok, [], _} = {ok, [], epp:default_encoding()}, erlang:md5(Beam)
     end || _ <- [1, 2]].
split([], _) -> [];
split([{dot, _} = D | T], A) -> [lists:reverse([D | A]) | split(T, [])];
split([H | T], A) -> split(T, [H | A]).
