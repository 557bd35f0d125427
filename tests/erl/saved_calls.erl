%% process_flag(save_calls, N) and process_info(Pid, last_calls): global calls, natives, sends, receives, timeouts; and that a process
%% that saves its calls does what others do, in the same number of reductions.
-module(saved_calls).
-export([main/1, all/0, wait/1, last/0, external/1, count/1, init/1, handle_call/3, handle_cast/2]).

main(_) ->
    t:show(process_info(self(), last_calls)),
    t:show(process_flag(save_calls, 10)),
    last_calls(),
    ?MODULE:all(),
    show(last_calls()),
    t:show(process_flag(save_calls, 6)),
    last_calls(),
    Sorted = lists:sort([c, b, a]),
    _ = [F(1) || F <- [fun ?MODULE:external/1, fun(X) -> X end]],
    _ = apply(?MODULE, id(external), [2]),
    _ = binary_to_term(term_to_binary(Sorted)),
    show(last_calls()),
    catch no_module:no_function(1),
    catch erlang:error(a),
    show(last_calls()),
    [t:show(t:try_it(fun() -> process_flag(save_calls, N) end)) || N <- [-1, 10001, a, 1.0]],
    t:show({process_flag(save_calls, 0), process_info(self(), last_calls), process_flag(save_calls, 0)}),
    another(),
    [t:show({Name, saving(F) =:= F()}) || {Name, F} <- works()],
    t:show(reductions(0) - reductions(50) < 1000).

show({last_calls, Calls}) -> t:show(Calls).
last_calls() -> process_info(self(), last_calls).
id(X) -> X.

all() -> wait(0), send(), ?MODULE:wait(0), wait(3), apply(?MODULE, last, []).
send() -> self() ! message.
wait(Time) -> receive X -> X after Time -> ok end.
last() -> ok.
external(X) -> X.

another() ->
    Pid = spawn(fun() -> receive go -> ok end, lists:reverse([1]), receive stop -> ok end end),
    t:show({process_flag(Pid, save_calls, 5), process_info(Pid, last_calls)}),
    Pid ! go,
    receive after 50 -> ok end,
    t:show(process_info(Pid, last_calls)),
    [_, State] = string:split(erlang:system_info(procs), "=proc:" ++ pid_to_list(Pid)),
    [_, Calls] = string:split(State, "Last calls:"),
    t:show(hd(string:split(Calls, "Reductions"))),
    t:show({process_flag(Pid, save_calls, 0), process_info(Pid, last_calls)}),
    process_flag(Pid, save_calls, 3),
    Pid ! stop.

%% What takes long, waits, yields, collects, fails.
works() ->
    Big = lists:seq(1, 60000),
    [{terms, fun() -> erlang:md5(term_to_binary(binary_to_term(term_to_binary(Big)))) end},
     {sort, fun() -> erlang:phash2(lists:reverse(lists:sort(fun(A, B) -> A rem 7 =< B rem 7 end, Big))) end},
     {text, fun() -> re:run(lists:duplicate(20000, $a) ++ "b", "(a|b)*b$", [{capture, none}]) end},
     {table, fun() -> T = ets:new(t, []), ets:insert(T, [{I, I} || I <- Big]), L = ets:select(T, [{{'$1', '_'}, [{'<', '$1', 10}], ['$1']}]), ets:delete(T), lists:sort(L) end},
     {messages, fun() -> [self() ! I || I <- lists:seq(1, 5000)], lists:sum([receive I -> I end || I <- lists:seq(5000, 1, -1)]) end},
     {server, fun() -> {ok, P} = gen_server:start(?MODULE, [], []), R = [gen_server:call(P, I) || I <- lists:seq(1, 500)], gen_server:stop(P), length(R) end},
     {failures, fun() -> length([catch error(I) || I <- lists:seq(1, 300)]) end},
     {compiled, fun() -> {ok, m, B} = compile:forms([{attribute, 1, module, m}, {attribute, 1, export, [{f, 0}]}, {function, 1, f, 0, [{clause, 1, [], [], [{atom, 1, ok}]}]}], []), {ok, {m, [{exports, E}]}} = beam_lib:chunks(B, [exports]), E end},
     {numbers, fun() -> lists:foldl(fun(I, A) -> A * I rem 1000000007 end, 1, Big) end}].

init([]) -> {ok, none}.
handle_call(Request, _, State) -> {reply, Request, State}.
handle_cast(_, State) -> {noreply, State}.

saving(F) ->
    {_, Monitor} = spawn_monitor(fun() -> process_flag(save_calls, 30), exit({ended, F()}) end),
    receive {'DOWN', Monitor, process, _, {ended, Result}} -> Result; {'DOWN', Monitor, process, _, Other} -> Other end.

reductions(Length) ->
    saving(fun() -> process_flag(save_calls, Length), {_, Before} = process_info(self(), reductions), count(200000), {_, After} = process_info(self(), reductions), After - Before end).

count(0) -> ok;
count(N) -> count(N - 1).
