%% How OTP prints exceptions: erl_error:format_exception/3,4 with options, on stacktraces from real failures.
-module(erl_error_format).
-export([main/1]).

main(_) ->
    Fs = [fun() -> f(1, [a, b]) end, fun() -> error({custom, "reason", #{a => 1}}) end, fun() -> exit({shutdown, why}) end, fun() -> throw(a_term) end,
          fun() -> {ok, _} = id({error, enoent}) end, fun() -> case id(x) of y -> ok end end, fun() -> (id(fun(A) -> A end))(1, 2) end,
          fun() -> lists:map(fun(X) -> X + a end, [1]) end, fun() -> nomod:nofun(1, "two", three) end, fun() -> id(1) / id(0) end,
          fun() -> error(with_info, [arg], [{error_info, #{module => ?MODULE, cause => none}}]) end, fun() -> maps:get(k, #{a => 1}) end,
          fun() -> atom_to_binary("not an atom", utf8) end, fun() -> if length([]) > 1 -> ok end end, fun() -> try id(1) of 2 -> ok catch _:_ -> no end end,
          fun() -> gen_server:call(not_there, request, 100) end, fun() -> error(function_clause, [a, b]) end],
    [show(F) || F <- Fs].

id(X) -> X.
f(0, _) -> zero;
f(N, L) when is_atom(N) -> L.

show(F) ->
    try F()
    catch
        C:R:S0 ->
            S = lists:takewhile(fun({M, Fn, _, _}) -> {M, Fn} =/= {?MODULE, show} end, S0),
            io:format("~ts~n--~n", [erl_error:format_exception(C, R, S)]),
            io:format("~ts~n--~n", [erl_error:format_exception(C, R, S, #{stack_trim_fun => fun(_, _, _) -> false end, column => 5})]),
            io:format("~0p~n", [[{M, Fn, if is_list(A) -> length(A); true -> A end} || {M, Fn, A, _} <- S]])
    end.
