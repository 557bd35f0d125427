%% Floats as text, both ways.
-module(float_format).
-export([main/1]).

main(_) ->
    Fs = [0.0, -0.0, 1.0, 0.1, 1/3, 2/3, 100.0, 1.0e15, 1.0e16, 1.0e17, 123456.789, 1.0e21, 1.0e22, 1.0e-5, 1.0e-4, 0.001, 5.0e-324,
          1.7976931348623157e308, 9007199254740993.0, 1.0e100, -12.5, 99.999, 0.5, 1.5, 2.5, 1.005, 1.0e-7, 4.9406564584124654e-324],
    [io:format("~w ~p ~s ~s~n", [F, F, float_to_list(F), float_to_binary(F)]) || F <- Fs],
    [io:format("~s ~s ~s~n", [float_to_list(F, [short]), float_to_list(F, [{scientific, 3}]), float_to_list(F, [{scientific, 20}])]) || F <- Fs],
    [io:format("~s ~s~n", [float_to_list(F, [{decimals, D}]), float_to_list(F, [{decimals, D}, compact])]) ||
        F <- Fs, abs(F) < 1.0e17, D <- [0, 1, 2, 4, 10, 20]],
    [io:format("~s~n", [float_to_binary(F, [{decimals, 5}, compact])]) || F <- Fs, abs(F) < 1.0e17],
    [io:format("~e ~f ~g ~.3f ~.2e ~10.4f|~-15.2f|~12.3g|~n", [F, F, F, F, F, F, F, F]) || F <- Fs, abs(F) < 1.0e17],
    Ss = ["1.0", "-1.5e3", "1.0e-10", "1.0E10", "+3.25", "1.7976931348623157e308", "4.9e-324", "2.4703282292062327e-324", "1e5", "1.", ".5",
          "1.0e400", "1.0e-400", "", "abc", "1.0x", "123456789012345678901234567890.5", "0.1000000000000000055511151231257827", "-0.0", "1.0e+5", "1,0"],
    [io:format("~s ~w ~w~n", [S, t:try_it(fun() -> list_to_float(S) end), t:try_it(fun() -> binary_to_float(list_to_binary(S)) end)]) || S <- Ss],
    [io:format("~w ~w~n", [S, string:to_float(S)]) || S <- Ss],
    io:format("~w~n", [[t:try_it(fun() -> float_to_list(1.5, O) end) || O <- [[{decimals, -1}], [{decimals, 254}], [{scientific, 300}], [foo], a, [{decimals, 2}, {scientific, 2}]]]]),
    R = [list_to_float(float_to_list(F)) =:= F || F <- Fs],
    io:format("~w~n", [R]),
    {_, Hash} = lists:foldl(fun(_, {S0, H}) ->
        {U, S1} = rand:uniform_s(1 bsl 64, S0),
        case <<U:64>> of
            <<F/float>> -> {S1, erlang:phash2({H, float_to_list(F, [short])})};
            _ -> {S1, H}
        end
    end, {rand:seed_s(exsss, {1, 2, 3}), 0}, lists:seq(1, 20000)),
    io:format("~w~n", [Hash]).
