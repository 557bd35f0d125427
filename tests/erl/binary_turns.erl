%% Natives of module binary that take several turns: long subjects, and short ones with turns of a few bytes.
-module(binary_turns).
-export([main/1]).

main(_) ->
    io:format("~p~n", [searches(subject(1500000))]),
    io:format("~p~n", [copies(200000)]),
    io:format("~p~n", [prefixes(1000000)]),
    erts_debug:set_internal_state(available_internal_state, true),
    Small = subject(3000),
    <<_:3, Unaligned/bitstring>> = <<0:3, Small/binary>>,
    Usual = {searches(Small), copies(50), prefixes(500)},
    [begin
         erts_debug:set_internal_state(binary_loop_limit, Limit),
         io:format("~p ~p ~p~n", [Limit, Usual =:= {searches(Small), copies(50), prefixes(500)}, searches(Unaligned) =:= element(1, Usual)])
     end || Limit <- [10, 100, 5000]],
    io:format("~p~n", [killed(Small)]),
    io:format("~p ~p~n", [erts_debug:set_internal_state(binary_loop_limit, default), catch erts_debug:set_internal_state(binary_loop_limit, foo)]),
    ok.

subject(Size) ->
    Line = <<"the quick brown fox jumps over the lazy dog, ">>,
    <<(binary:copy(Line, Size div byte_size(Line)))/binary, "and the end">>.

searches(Subject) ->
    Size = byte_size(Subject),
    [binary:match(Subject, <<"and">>),
     binary:match(Subject, [<<"nobody">>, <<"end">>, <<"and the">>]),
     binary:match(Subject, <<"never">>),
     binary:match(Subject, <<"the">>, [{scope, {Size, -10}}]),
     erlang:phash2(binary:matches(Subject, <<"the">>)),
     erlang:phash2(binary:matches(Subject, [<<"o">>, <<"over">>, <<"ver the">>, <<"dog, the quick brown fox jumps">>])),
     length(binary:matches(Subject, <<"e">>, [{scope, {Size div 3, Size div 2}}])),
     erlang:phash2(binary:split(Subject, <<", ">>, [global])),
     erlang:phash2(binary:split(Subject, [<<"e q">>, <<"and ">>, <<" ">>], [global, trim_all])),
     [byte_size(Part) || Part <- binary:split(Subject, <<"and ">>)]].

copies(Times) ->
    [begin
         Copy = binary:copy(Part, Times),
         {byte_size(Copy), erlang:md5(Copy)}
     end || Part <- [<<>>, <<7>>, <<"0123456">>, element(2, {0, <<1:1, 2:7, "a longer part">>})]].

prefixes(Size) ->
    Zeros = binary:copy(<<0>>, Size),
    [binary:longest_common_prefix([<<Zeros/binary, 1, 2, 3>>, <<Zeros/binary, 1, 2, 4>>, <<Zeros/binary, 1, 2>>]),
     binary:longest_common_prefix([Zeros, Zeros, <<0, 0, 1>>]),
     binary:longest_common_suffix([<<1, 2, Zeros/binary>>, <<3, 2, Zeros/binary>>]),
     binary:longest_common_suffix([Zeros, Zeros])].

%% Killed in the middle.
killed(Subject) ->
    erts_debug:set_internal_state(binary_loop_limit, 10),
    [begin
         {Pid, Ref} = spawn_monitor(fun() -> forever(Work) end),
         erlang:yield(),
         exit(Pid, kill),
         receive {'DOWN', Ref, process, Pid, Reason} -> Reason end
     end || Work <- [fun() -> binary:matches(Subject, <<"the">>) end,
                     fun() -> binary:copy(Subject, 1000) end,
                     fun() -> binary:longest_common_prefix([binary:copy(Subject, 1000), binary:copy(Subject, 1000)]) end]].

forever(Work) -> Work(), forever(Work).
