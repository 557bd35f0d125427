%% Differences that OTP's emulator suites have found.
-module(suites_found).
-export([main/1, undefined_lambda/3]).

main(_) ->
    %% raise/3 with another class, then on through an `after`
    t:show(t:try_it(fun() -> change_class(fun() -> throw(arne) end) end)),
    %% a fun of a module that was never loaded
    process_flag(error_handler, ?MODULE),
    F = binary_to_term(<<131,112,0,0,0,84,3,109,96,69,208,5,175,207,75,36,93,112,218,232,222,22,251,0,0,0,0,0,0,0,1,100,0,11,
        "foobarblurf",97,0,98,5,244,197,144,103,100,0,13,"nonode@nohost",0,0,0,46,0,0,0,0,0,104,3,97,1,97,2,97,3>>),
    t:show([F(a, b, c), erlang:fun_info(F, env), erlang:fun_info_mfa(F)]),
    process_flag(error_handler, error_handler),
    t:show(erlang:fun_info_mfa(fun lists:map/2)),
    %% atoms of too many characters, valid or not
    t:show([t:try_it(fun() -> binary_to_atom(B, E) end) || {B, E} <- [{<<0:2048>>, utf8}, {<<0:4096, 255>>, utf8}, {<<0:2040, 255>>, utf8},
        {<<0:2040, 16#c3>>, utf8}, {<<255, 0:4096>>, utf8}, {<<255, 0:8168>>, utf8}, {<<0:2048>>, latin1}]]),
    t:show([t:try_it(fun() -> binary_to_existing_atom(B, utf8) end) || B <- [<<0:2048>>, <<0:4096, 255>>]]),
    %% atomics and counters
    t:show([t:try_it(fun() -> M:new(S, []) end) || M <- [atomics, counters], S <- [0, -1, a, 1 bsl 64, 1 bsl 200, -(1 bsl 64)]]),
    C = counters:new(1, []), A = atomics:new(1, []),
    t:show([t:try_it(fun() -> M:F1(R, 1, V) end) || {M, R} <- [{counters, C}, {atomics, A}], F1 <- [put, add], V <- [1 bsl 63 - 1, 1 bsl 63, 1 bsl 64 - 1, 1 bsl 64, -(1 bsl 63), -(1 bsl 63) - 1]]),
    %% local times begin in 1902
    t:show([element(1, t:try_it(fun() -> erlang:F2({{Y, 7, 1}, {12, 0, 0}}) end)) || F2 <- [universaltime_to_localtime, localtime_to_universaltime], Y <- [1900, 1901, 1902]]),
    t:show([lists:sort(erl_tracer:module_info(nifs)), ?MODULE:module_info(nifs)]),
    t:show([erlang:is_builtin(BM, BF, BA) || {BM, BF, BA} <- [{erlang, apply, 2}, {erlang, apply, 3}, {erlang, yield, 0}, {lists, member, 2}, {lists, map, 2},
        {erl_tracer, enabled, 3}, {prim_file, read_nif, 2}, {zlib, crc32_nif, 2}, {erlang, self, 1}, {x, y, 300}]]),
    %% messages that are kept off the heap do not count
    P = spawn_opt(fun() -> receive stop -> ok end end, [{message_queue_data, off_heap}]),
    {_, Before} = process_info(P, total_heap_size), [P ! lists:seq(1, 100) || _ <- lists:seq(1, 100)],
    {_, After} = process_info(P, total_heap_size), t:show(After =:= Before), P ! stop.

undefined_lambda(Module, Fun, Args) -> {Module, is_function(Fun, 3), Args}.
change_class(F) -> try change_class_1(F) after erlang:display_string("") end.
change_class_1(F) -> try F() catch throw:R:S -> erlang:raise(error, R, S) end.
