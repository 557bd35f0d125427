%% Literal areas go when nobody refers to them: persistent terms replaced or erased, code purged. Whoever held one keeps its value.
-module(literal_release).
-export([main/1, hold/2]).

main(_) ->
    [F() || F <- [fun erased/0, fun replaced/0, fun purged/0, fun exits_and_messages/0, fun errors/0, fun churn/0]].

value(N) -> {N, [{I, integer_to_binary(I), I / 3, 1 bsl (I + 60), #{I => [I]}} || I <- lists:seq(1, N)],
             binary:copy(<<"shared">>, 100), fun() -> N end, make_map(100)}.
make_map(N) -> maps:from_list([{I, {I}} || I <- lists:seq(1, N)]).
sum(V) -> erlang:phash2({element(1, V), element(2, V), element(3, V), (element(4, V))(), element(5, V)}).

%% How holders keep a value: on the stack and heap, in the dictionary, in a fun, in a message not looked at, hibernating.
hold(How, Parent) ->
    V = persistent_term:get(held),
    case How of
        stack -> Parent ! {ready, self()}, receive report -> ok end, Parent ! {self(), sum(V), V =:= value(element(1, V))};
        dictionary -> put(v, element(2, V)), Parent ! {ready, self()}, receive report -> ok end,
                      Parent ! {self(), erlang:phash2(get(v)), length(get(v))};
        fun_ -> F = fun() -> sum(V) end, Parent ! {ready, self()}, wait(F, Parent);
        tail -> T = tl(tl(element(2, V))), Parent ! {ready, self()}, receive report -> ok end, Parent ! {self(), hd(T), length(T)};
        mailbox -> self() ! {kept, V, element(2, V)}, Parent ! {ready, self()}, receive report -> ok end,
                   receive {kept, K, L} -> Parent ! {self(), sum(K), length(L)} end;
        binary -> <<_:3/binary, R/binary>> = element(3, V), Parent ! {ready, self()}, receive report -> ok end,
                  Parent ! {self(), R, byte_size(R)};
        hibernate -> put(v, V), Parent ! {ready, self()}, erlang:hibernate(erlang, apply, [fun() -> receive report -> ok end, Parent ! {self(), sum(get(v)), woke} end, []])
    end.
wait(F, Parent) -> receive report -> Parent ! {self(), F(), fun_} end.

holders() ->
    Hows = [stack, dictionary, fun_, tail, mailbox, binary, hibernate],
    [begin P = spawn_link(?MODULE, hold, [H, self()]), receive {ready, P} -> {H, P} end end || H <- Hows].
reports(Hs) -> [begin P ! report, receive {P, A, B} -> {H, A, B} end end || {H, P} <- Hs].

collector() ->
    hd([P || P <- processes(), erlang:process_info(P, initial_call) =:= {initial_call, {erts_literal_area_collector, start, 0}}]).
settle() ->
    C = collector(), Ref = make_ref(),
    C ! {get_status, Ref, self()},
    receive {Ref, idle} -> ok; {Ref, working} -> timer:sleep(1), settle() end.
settled() -> settle(), settle().

erased() ->
    persistent_term:put(held, value(50)),
    Hs = holders(),
    Mine = persistent_term:get(held),
    Queue = self(), Queue ! {later, element(2, Mine)},
    t:show([persistent_term:erase(held), persistent_term:get(held, none)]),
    settled(),
    garbage(),
    t:show(reports(Hs)),
    t:show([sum(Mine), receive {later, L} -> erlang:phash2(L) end]).

replaced() ->
    persistent_term:put(held, value(30)),
    Hs = holders(),
    persistent_term:put(held, value(31)),
    persistent_term:put(held, value(32)),
    settled(),
    garbage(),
    t:show([reports(Hs), sum(persistent_term:get(held))]),
    t:show([maps:get(count, persistent_term:info()) > 0, persistent_term:erase(held)]),
    settled(),
    B0 = maps:get(memory, persistent_term:info()),
    persistent_term:put(held, lists:seq(1, 10000)),
    B1 = maps:get(memory, persistent_term:info()),
    persistent_term:erase(held),
    settled(),
    B2 = maps:get(memory, persistent_term:info()),
    t:show([B1 - B0 >= 160000, B1 - B0 < 170000, B2 =:= B0]).

%% Overwrites what was given back.
garbage() -> [persistent_term:put({g, I}, lists:seq(1, I * 50)) || I <- lists:seq(1, 40)],
             [persistent_term:erase({g, I}) || I <- lists:seq(1, 40)], settled().

module(N) ->
    {ok, lit, Code} = compile:forms(
        [{attribute, 1, module, lit}, {attribute, 1, export, [{f, 0}, {g, 0}]},
         {function, 1, f, 0, [{clause, 1, [], [], [erl_parse:abstract({N, lists:seq(1, N), <<"binary literal">>, #{N => N}})]}]},
         {function, 1, g, 0, [{clause, 1, [], [], [erl_parse:abstract([{I, "text"} || I <- lists:seq(1, 20)])]}]}], []),
    {module, lit} = code:load_binary(lit, "lit.beam", Code),
    ok.

purged() ->
    module(7),
    A = lit:f(), G = lit:g(),
    P = spawn_link(fun() -> V = lit:f(), receive {From, go} -> From ! {self(), V} end end),
    erlang:yield(),
    module(8),
    B = lit:f(),
    t:show(code:purge(lit)),
    settled(),
    garbage(),
    P ! {self(), go},
    t:show([A, B, lists:last(G), receive {P, V} -> V end, lit:f() =:= B]),
    [begin module(N), code:purge(lit) end || N <- lists:seq(10, 30)],
    settled(),
    t:show([lit:f() =:= A, A, B]),
    t:show([code:delete(lit), code:purge(lit)]),
    settled(),
    garbage(),
    t:show([A, B]).

exits_and_messages() ->
    persistent_term:put(held, {reason, lists:seq(1, 20)}),
    process_flag(trap_exit, true),
    Parent = self(),
    P = spawn_link(fun() -> V = persistent_term:get(held), Parent ! ready, receive go -> exit(V) end end),
    {Q, M} = spawn_monitor(fun() -> monitor(process, P), Parent ! ready, receive {'DOWN', _, _, _, R} -> exit({down, R}) end end),
    [receive ready -> ok end || _ <- [P, Q]],
    erlang:send_after(30, self(), {timer, persistent_term:get(held)}),
    T = ets:new(t, []), ets:insert(T, {k, persistent_term:get(held)}),
    Fun = fun(X) -> fun() -> X end end, F = Fun(persistent_term:get(held)),
    persistent_term:erase(held),
    settled(), garbage(),
    P ! go,
    t:show(receive {'EXIT', P, R1} -> R1 end),
    t:show(receive {'DOWN', M, process, Q, R2} -> R2 end),
    t:show(receive {timer, V} -> V end),
    t:show([ets:lookup(T, k), F()]).

errors() ->
    t:show([t:try_it(fun() -> erts_literal_area_collector:release_area_switch() end),
            t:try_it(fun() -> erts_literal_area_collector:send_copy_request(self(), a, init) end)]).

%% Readers on all schedulers while values come and go.
churn() ->
    persistent_term:put(c, {0, lists:seq(0, 50)}),
    Parent = self(),
    Readers = [spawn_link(fun() -> reader(Parent, 3000, []) end) || _ <- lists:seq(1, 6)],
    churner(300),
    t:show([receive {R, Ok} -> Ok end || R <- Readers]),
    settled().
churner(0) -> ok;
churner(N) -> persistent_term:put(c, {N, lists:seq(N, N + 50)}), N rem 10 == 0 andalso erlang:yield(), churner(N - 1).
reader(Parent, 0, Held) -> Parent ! {self(), lists:all(fun({N, L}) -> L =:= lists:seq(N, N + 50) end, Held)};
reader(Parent, N, Held) ->
    V = {M, [M | _]} = persistent_term:get(c),
    N rem 50 == 0 andalso erlang:yield(),
    reader(Parent, N - 1, case Held of [{M, _} | _] -> Held; _ -> [V | lists:sublist(Held, 20)] end).
