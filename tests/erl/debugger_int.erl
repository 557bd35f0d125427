%% The debugger's interpreter (module int): calls of interpreted functions go to error_handler:breakpoint/3, by erts_debug:breakpoint/2.
-module(debugger_int).
-export([main/1]).

main(_) ->
    Source = "debugger_int_case.erl",
    ok = file:write_file(Source, "-module(debugger_int_case).\n-export([sum/1, fact/1, fail/1]).\n"
        "sum(L) -> sum(L, 0).\nsum([], A) -> A;\nsum([H | T], A) -> sum(T, A + H).\n"
        "fact(0) -> 1;\nfact(N) -> N * fact(N - 1).\nfail(X) -> erlang:error({no, X}).\n"),
    {ok, M} = compile:file(Source, [debug_info]),
    {module, M} = code:load_abs("debugger_int_case"),
    calls(M),
    p(breakpoint, erts_debug:breakpoint({M, sum, 1}, true)),
    p(undefined, try error_handler:breakpoint(M, sum, [[1]]) catch _:R -> element(1, R) end),
    p(breakpoint, erts_debug:breakpoint({M, '_', '_'}, false)),
    calls(M),
    p(int, int:i(Source)),
    p(interpreted, int:interpreted()),
    calls(M),
    p(seen, [F || {_, F, _, _} <- int:snapshot(), element(1, F) =:= M]),
    p(n, int:n(M)),
    p(interpreted, int:interpreted()),
    calls(M),
    p(bad, [try erts_debug:breakpoint(A, B) catch error:E -> E end || {A, B} <- [{x, true}, {{M, '_', 1}, true}, {{M, sum, 1}, yes}]]),
    [file:delete(F) || F <- [Source, "debugger_int_case.beam"]],
    ok.

calls(M) -> p(calls, [M:sum([1, 2, 3]), M:fact(20), try M:fail(x) catch error:R -> R end]).
p(Tag, X) -> io:format("~p: ~p~n", [Tag, X]).
