%% gen_server, gen_event, proc_lib, sys: every kind of return, timeouts, hibernation, continue, code of the system messages.
-module(gen_behaviours).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/2, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, code_change/3, format_status/1, handle_event/2]).

main(_) ->
    process_flag(trap_exit, true),
    t:show([catch_start(A) || A <- [ok, {stop, why}, ignore, {error, crash}, throw_ok, {exit, now}]]),
    {ok, P} = gen_server:start_link({local, srv}, ?MODULE, {report, self()}, []), t:show(gen_server:call(P, {add, 5})), t:show(gen_server:call(srv, get)), gen_server:cast(srv, {add, 10}), t:show(gen_server:call({srv, node()}, get)), P ! {info, 3}, t:show(gen_server:call(P, get)),
    t:show(gen_server:call(P, later)), t:show(gen_server:call(P, {continue, 7})), t:show(gen_server:call(P, hibernate)), t:show(element(2, process_info(P, current_function))), t:show(gen_server:call(P, get)), t:show(gen_server:call(P, {timeout, 10})), t:show(receive {timed_out, X1} -> X1 after 5000 -> none end),
    t:show(class(catch gen_server:call(P, noreply, 20))), t:show(class(catch gen_server:call(nobody, x))), t:show(class(catch gen_server:call(P, x, bad))), R1 = gen_server:send_request(P, get), t:show(gen_server:wait_response(R1, 500)), R2 = gen_server:send_request(P, {add, 1}), t:show(gen_server:receive_response(R2, 500)),
    t:show(gen_server:multi_call([node()], srv, get)), t:show(gen_server:abcast(srv, {add, 1})), t:show(gen_server:call(P, get)), t:show(element(1, sys:get_state(P))), t:show(sys:replace_state(P, fun({N, W}) -> {N * 2, W} end) =/= x), t:show(element(1, sys:get_state(P))), {status, P, {module, gen_server}, [_, running, _, _, Misc]} = sys:get_status(P), t:show([lists:keyfind(data, 1, [M]) =/= false || M <- Misc, is_tuple(M)]), t:show(sys:suspend(P)), P ! {info, 1}, t:show(class(catch gen_server:call(P, get, 20))), t:show(sys:change_code(P, ?MODULE, vsn, extra)), t:show(sys:resume(P)), t:show(gen_server:call(P, get)),
    t:show(sys:statistics(P, true)), gen_server:call(P, get), {ok, St} = sys:statistics(P, get), t:show(lists:keyfind(messages_in, 1, St)), t:show(sys:no_debug(P)), t:show(sys:log(P, true)), gen_server:call(P, get), {ok, Log} = sys:log(P, get), t:show(length(Log) > 0), t:show(gen_server:stop(P)), t:show(receive {terminated, T1} -> T1 end), t:show(receive {'EXIT', P, E1} -> E1 end),
    [begin {ok, Q} = gen_server:start_link(?MODULE, {report, self()}, []), Res = class(catch gen_server:call(Q, Req)), t:show({Req, Res, receive {terminated, T} -> T after 200 -> none end, receive {'EXIT', Q, E} -> reason(E) end}) end || Req <- [{stop, normal}, {stop, shutdown}, {stop, boom}, {stop_reply, normal}, crash, throw, {exit, gone}, bad_return]],
    {ok, Q2} = gen_server:start_link(?MODULE, {report, self()}, []), exit(Q2, parent_says), t:show(receive {terminated, T3} -> T3 after 200 -> none end), t:show(receive {'EXIT', Q2, E3} -> E3 end),
    {ok, E} = gen_event:start_link({local, ev}), t:show([gen_event:add_handler(E, {?MODULE, I}, {event, self(), I}) || I <- [1, 2]]), t:show(gen_event:add_handler(E, {?MODULE, 1}, {event, self(), 1})), gen_event:notify(E, {hello, 1}), gen_event:sync_notify(E, {hello, 2}), t:show(lists:sort([receive {event, I, X} -> {I, X} end || _ <- [1, 2, 3, 4]])), t:show(gen_event:call(E, {?MODULE, 1}, question)), t:show(gen_event:call(E, {?MODULE, 9}, question)), t:show(gen_event:which_handlers(E)), t:show(gen_event:delete_handler(E, {?MODULE, 1}, args)), gen_event:sync_notify(E, crash), t:show(gen_event:which_handlers(E)), t:show(gen_event:add_sup_handler(E, {?MODULE, 3}, {event, self(), 3})), t:show(gen_event:swap_handler(E, {{?MODULE, 3}, swap}, {{?MODULE, 4}, {event, self(), 4}})), gen_event:sync_notify(E, remove), t:show(gen_event:which_handlers(E)), t:show(gen_event:stop(E)),
    Pl = proc_lib:spawn_link(fun() -> receive go -> exit(shutdown) end end), timer:sleep(20), t:show([proc_lib:initial_call(Pl), proc_lib:translate_initial_call(Pl)]), Pl ! go, t:show(receive {'EXIT', Pl, E4} -> E4 end), t:show(proc_lib:start(erlang, apply, [fun() -> proc_lib:init_ack({ok, val}) end, []])), t:show(proc_lib:start_link(erlang, apply, [fun() -> exit(early) end, []])), t:show(proc_lib:start(erlang, apply, [fun() -> timer:sleep(1000) end, []], 20)), t:show(receive {'EXIT', _, E5} -> E5 after 50 -> none end).

catch_start(A) -> R = (catch gen_server:start_link(?MODULE, A, [])), X = receive {'EXIT', _, W} -> reason(W) after 50 -> none end, {case R of {ok, Q} -> unlink(Q), exit(Q, kill), ok; {error, E} -> {error, reason(E)}; O -> O end, X}.
class({'EXIT', {R, {gen_server, call, _}}}) -> {exit, reason(R)};
class({'EXIT', R}) -> {exit, reason(R)};
class(X) -> X.
reason({R, [{_, _, _, _} | _]}) -> {R, stack};
reason(R) -> R.

init(ok) -> {ok, {0, none}};
init({report, To}) -> process_flag(trap_exit, true), {ok, {0, To}};
init({event, To, I}) -> {ok, {To, I}};
init({{event, To, I}, _Swap}) -> {ok, {To, I}};
init({error, crash}) -> error(in_init);
init(throw_ok) -> throw({ok, {0, none}});
init({exit, R}) -> exit(R);
init(Other) -> Other.

handle_call(question, S) -> {ok, {answer, element(2, S)}, S};
handle_call(_, S) -> {ok, none, S}.
handle_call({add, K}, _, {N, W}) -> {reply, N + K, {N + K, W}};
handle_call(get, _, {N, _} = S) -> {reply, N, S};
handle_call(later, From, S) -> spawn(fun() -> gen_server:reply(From, came_later) end), {noreply, S};
handle_call({continue, K}, From, S) -> {noreply, S, {continue, {From, K}}};
handle_call(hibernate, _, S) -> {reply, sleeping, S, hibernate};
handle_call({timeout, T}, _, S) -> {reply, set, S, T};
handle_call(noreply, _, S) -> {noreply, S};
handle_call({stop, R}, _, S) -> {stop, R, S};
handle_call({stop_reply, R}, _, S) -> {stop, R, replied, S};
handle_call(crash, _, _) -> error(crashed);
handle_call(throw, _, S) -> throw({reply, thrown, S, {continue, stop}});
handle_call({exit, R}, _, _) -> exit(R);
handle_call(bad_return, _, _) -> nonsense.
handle_cast({add, K}, {N, W}) -> {noreply, {N + K, W}}.
handle_info({info, K}, {N, W}) -> {noreply, {N + K, W}};
handle_info(timeout, {N, W}) -> W ! {timed_out, N}, {noreply, {N, W}};
handle_info(_, S) -> {noreply, S}.
handle_continue(stop, S) -> {stop, {shutdown, continued}, S};
handle_continue({From, K}, {N, W}) -> gen_server:reply(From, {continued, N, K}), {noreply, {N + K, W}}.
terminate(R, {_, W}) when is_pid(W) -> W ! {terminated, reason(R)}, ok;
terminate(_, _) -> ok.
code_change(_, {N, W}, _) -> {ok, {N + 1000, W}}.
format_status(S) -> S.
handle_event(remove, _) -> remove_handler;
handle_event(crash, {_, 2}) -> error(handler_crash);
handle_event(X, {To, I} = S) -> To ! {event, I, X}, {ok, S}.
