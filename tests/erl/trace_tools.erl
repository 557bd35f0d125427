%% The tools that rest on call tracing: dbg, cprof, eprof, fprof.
-module(trace_tools).
-export([main/1, fib/1, work/1, part/2]).
-include_lib("stdlib/include/ms_transform.hrl").

main(_) ->
    dbg(),
    cprof(),
    eprof(),
    fprof(),
    ok.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
work(N) -> part(N, []), lists:sum(lists:map(fun(X) -> X * X end, lists:seq(1, N))).
part(0, L) -> L;
part(N, L) -> part(N - 1, [N | L]).

p(Tag, X) -> io:format("~p: ~p~n", [Tag, X]).

collect() -> receive {traced, M} -> [M | collect()] after 100 -> [] end.

dbg() ->
    Self = self(),
    {ok, _} = dbg:tracer(process, {fun(M, S) -> Self ! {traced, M}, S end, []}),
    {ok, [{matched, _, 1}]} = dbg:p(self(), [c]),
    {ok, [{matched, _, N1}]} = dbg:tp(?MODULE, fib, 1, []),
    p(tp, N1),
    {ok, [{matched, _, N2}, {saved, S}]} = dbg:tpl(?MODULE, part, x),
    p(tpl, {N2, S}),
    ?MODULE:fib(2),
    work(2),
    p(messages, [setelement(2, M, self) || M <- collect()]),
    {ok, [{matched, _, _}]} = dbg:ctp(),
    ?MODULE:fib(1),
    p(messages, collect()),
    p(fun2ms, dbg:fun2ms(fun([A, B]) when A > B -> return_trace(), message({A, caller()}) end)),
    dbg:stop_clear().

cprof() ->
    p(start, cprof:start(?MODULE)),
    fib(10),
    work(20),
    p(pause, cprof:pause(?MODULE)),
    {?MODULE, Total, Calls} = cprof:analyse(?MODULE),
    p(calls, {Total, [C || {{_, F, _}, _} = C <- Calls, F =/= p]}),
    p(restart, cprof:restart(?MODULE, fib, 1)),
    fib(3),
    p(calls, [C || {{_, fib, 1}, _} = C <- element(3, cprof:analyse(?MODULE))]),
    p(stop, cprof:stop(?MODULE)).

%% What F prints goes nowhere.
quietly(F) ->
    Old = group_leader(),
    Sink = spawn_link(fun Loop() -> receive {io_request, From, Ref, _} -> From ! {io_reply, Ref, ok}, Loop() end end),
    group_leader(Sink, self()),
    F(),
    group_leader(Old, self()).

eprof() ->
    quietly(fun() -> eprof:start() end),
    {ok, 55} = eprof:profile(fun() -> fib(10) end),
    eprof:log("/dev/null"),
    F = "trace_tools.eprof",
    eprof:log(F),
    eprof:analyze(total, [{sort, calls}]),
    eprof:stop(),
    {ok, B} = file:read_file(F),
    file:delete(F),
    [p(eprof, {T, C}) || L <- string:split(binary_to_list(B), "\n", all), [T, C | _] <- [string:lexemes(L, " ")], lists:prefix("trace_tools:fib/1", T)].

fprof() ->
    A = "trace_tools.analysis",
    {ok, Tracer} = fprof:profile(start),
    ok = fprof:trace([start, {tracer, Tracer}]),
    work(30),
    ok = fprof:trace(stop),
    quietly(fun() -> ok = fprof:analyse([{dest, A}, {cols, 120}]) end),
    fprof:stop(),
    {ok, Terms} = file:consult(A),
    file:delete(A),
    Rows = [T || {Callers, T, Called} <- Terms, is_list(Callers), is_list(Called)],
    p(fprof, [{Name, Count} || {{?MODULE, _, _} = Name, Count, _, _} <- lists:keysort(1, Rows)]).
