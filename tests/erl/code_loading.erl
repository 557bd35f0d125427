%% Loading, two versions, purging, deletion, on_load, module_info, code:which; modules compiled on the spot.
%% not under: gc-stress
-module(code_loading).
-export([main/1]).

main(_) ->
    t:show(load(dyn_m, "-export([v/0, loop/0, call/0]). v() -> 1. loop() -> receive {ask, P} -> P ! {v, v()}, loop(); {ask_new, P} -> P ! {v, ?MODULE:v()}, ?MODULE:loop() end. call() -> fun() -> v() end.")), t:show(dyn_m:v()), F1 = dyn_m:call(), P = spawn(fun dyn_m:loop/0), t:show(ask(P, ask)), t:show([erlang:module_loaded(dyn_m), code:is_loaded(dyn_m) =/= false, erlang:check_process_code(P, dyn_m), erlang:check_old_code(dyn_m)]),
    t:show(load(dyn_m, "-export([v/0, loop/0, call/0]). v() -> 2. loop() -> receive {ask, P} -> P ! {v, v()}, loop(); {ask_new, P} -> P ! {v, ?MODULE:v()}, ?MODULE:loop() end. call() -> fun() -> v() end.")), t:show([dyn_m:v(), ask(P, ask), F1(), erlang:check_old_code(dyn_m), erlang:check_process_code(P, dyn_m)]), t:show([ask(P, ask_new), ask(P, ask), erlang:check_process_code(P, dyn_m)]), t:show(erlang:check_process_code(self(), dyn_m)), M = monitor(process, P), t:show(code:soft_purge(dyn_m)), F2 = id(F1), t:show(F2 =:= F1), t:show(catch_undef(fun() -> code:purge(dyn_m), ok end)),
    P2 = spawn(fun dyn_m:loop/0), M2 = monitor(process, P2), t:show(code:delete(dyn_m)), t:show([erlang:module_loaded(dyn_m), element(2, t:try_it(fun() -> erlang:apply(dyn_m, v, []) end))]), t:show(code:purge(dyn_m)), t:show(lists:sort([receive {'DOWN', X, process, _, R} -> R after 500 -> none end || X <- [M, M2]])), t:show(code:delete(dyn_m)), t:show(code:purge(dyn_m)), t:show(t:try_it(fun() -> erlang:delete_module(dyn_m) end)),
    t:show(load(dyn_ol, "-export([f/0]). -on_load(i/0). i() -> put(loaded, yes), ok. f() -> here.")), t:show(dyn_ol:f()), t:show(load(dyn_bad, "-export([f/0]). -on_load(i/0). i() -> not_ok. f() -> here.")), t:show(erlang:module_loaded(dyn_bad)), t:show(load(dyn_crash, "-export([f/0]). -on_load(i/0). i() -> error(no). f() -> here.")), t:show(load(dyn_bif, "-export([f/1, g/1]). f(X) -> [Y || Y <- X, Y > 1]. g(<<X:16, _/bits>>) -> X; g(#{a := X}) -> X; g({_, X}) when is_float(X) -> X.")), t:show([dyn_bif:f([1, 2, 3]), dyn_bif:g(<<1, 2, 3>>), dyn_bif:g(#{a => b}), dyn_bif:g({x, 1.5})]),
    t:show([dyn_bif:module_info(module), lists:sort(dyn_bif:module_info(exports)), dyn_bif:module_info(functions) =/= [], is_binary(dyn_bif:module_info(md5)), [K || {K, _} <- dyn_bif:module_info(attributes)], lists:sort([K || {K, _} <- dyn_bif:module_info(compile)])]), t:show(t:try_it(fun() -> dyn_bif:module_info(bad) end)), t:show(dyn_bif:module_info(nifs)), t:show([K || {K, _} <- lists:module_info()]), t:show(erlang:get_module_info(dyn_bif, module)),
    t:show([code:load_binary(x, "x", <<>>), code:load_binary(x, "x", <<"garbage">>), code:load_binary(other_name, "x", bin(dyn_bif, "-export([f/1]). f(X) -> X.")), element(1, t:try_it(fun() -> code:load_binary(x, 1, a) end)), code:load_file(no_such_module), code:ensure_loaded(no_such_module), code:ensure_loaded(queue), code:load_file(code_loading) =/= x]), t:show(erlang:prepare_loading(x, <<"bad">>)),
    t:show([code:which(lists) =/= non_existing, code:which(no_such), code:which(dyn_bif), filename:basename(code:which(lists)), code:is_sticky(lists), code:is_sticky(t), code:get_mode(), filename:basename(code:lib_dir(stdlib)) =/= "", code:lib_dir(nolib), is_list(code:get_path()), code:priv_dir(nolib)]), t:show(erlang:load_module(dyn_bif2, bin(dyn_bif2, "-export([f/0]). f() -> loaded_by_erlang."))), t:show(dyn_bif2:f()),
    t:show(lists:member(dyn_bif2, erlang:loaded())), t:show(length([X || {X, _} <- code:all_loaded(), X =:= dyn_bif])), Lits = [load(dyn_lit, "-export([l/0]). l() -> {" ++ integer_to_list(N) ++ ", \"literal text\", [a, #{k => <<\"bin\">>}]}.") || N <- [1]], t:show(Lits), L1 = dyn_lit:l(), load(dyn_lit, "-export([l/0]). l() -> other."), t:show(code:purge(dyn_lit)), code:delete(dyn_lit), code:purge(dyn_lit), erlang:garbage_collect(), t:show(L1), Many = [begin Mod = list_to_atom("dyn_" ++ integer_to_list(N)), load(Mod, "-export([f/1]). f(X) -> X + " ++ integer_to_list(N) ++ "."), Mod:f(1) end || N <- lists:seq(1, 30)], t:show(Many), t:show(t:try_it(fun() -> dyn_m:gone() end)), {ok, _, BB} = compile:forms(forms(big_m, "-export([f/1]). " ++ [["f(", integer_to_list(I), ") -> {", integer_to_list(I * I), ", atom_", integer_to_list(I), "};"] || I <- lists:seq(1, 2000)] ++ "f(_) -> none."), [no_spawn_compiler_process]), t:show(code:load_binary(big_m, "big", BB)), t:show([big_m:f(I) || I <- [1, 999, 2000, 2001]]).

id(X) -> X.
catch_undef(F) -> t:try_it(F).
ask(P, What) -> P ! {What, self()}, receive {v, V} -> V after 1000 -> timeout end.
load(M, Text) -> code:load_binary(M, "dyn", bin(M, Text)).
bin(M, Text) -> {ok, M, B} = compile:forms(forms(M, Text), []), B.
forms(M, Text) ->
    {ok, Ts, _} = erl_scan:string(lists:flatten("-module(" ++ atom_to_list(M) ++ "). " ++ re:replace(Text, "\\?MODULE", atom_to_list(M), [global, {return, list}]))),
    split(Ts, []).
split([], _) -> [];
split([{dot, _} = D | T], A) -> {ok, F} = erl_parse:parse_form(lists:reverse([D | A])), [F | split(T, [])];
split([H | T], A) -> split(T, [H | A]).
