%% Natives with arguments so large that they are run apart from the schedulers: the same values and the same errors, also when the
%% caller is looked at, told something or killed meanwhile.
%% timeout: 60
-module(long_natives).
-export([main/1]).

main(_) ->
    N = 120000,
    List = lists:seq(1, N),
    Pairs = [{X, [X, a, "abc"]} || X <- List],
    Map = maps:from_list(Pairs),
    Other = maps:from_keys(lists:seq(N div 2, N * 2), other),
    t:show({map_size(Map), map_size(Other), maps:get(77, Map), maps:get(N, Other)}),
    Merged = maps:merge(Map, Other),
    t:show({map_size(Merged), maps:get(1, Merged), maps:get(N, Merged), map_size(maps:merge(Other, Map))}),
    t:show([erlang:phash2(T) || T <- [List, Pairs, Map, Other, list_to_tuple(List), [1 | {List, Map}]]]),
    t:show([erlang:phash2(Pairs, R) || R <- [1, 7, 1 bsl 32]]),
    Binary = term_to_binary({Pairs, Map, self()}),
    t:show(binary_to_term(Binary) =:= {Pairs, Map, self()}),
    {Same, Used} = binary_to_term(<<Binary/binary, 1, 2, 3>>, [used]),
    t:show({Used =:= byte_size(Binary), element(1, Same) =:= Pairs}),
    t:show([length(L) || L <- [List -- lists:seq(1, N, 2), List -- List, Pairs -- List, List -- [5, N]]]),
    Text = binary:copy(<<"abcdefghij">>, N),
    t:show({length(binary:matches(Text, <<"j">>)), length(binary:split(Text, [<<"c">>, <<"ef">>], [global])), binary:split(Text, <<"z">>, [global]) =:= [Text]}),
    t:show({length(binary_to_list(Text)), lists:last(binary_to_list(Text, 3, 900000)), lists:last(bitstring_to_list(<<Text/binary, 5:3>>))}),
    errors(N, Pairs, Binary),
    meanwhile(Binary),
    killed(Binary, Pairs),
    [tables(Options, Pairs) || Options <- [[set, public], [ordered_set, public], [bag, protected], [set, private], [set, public, {write_concurrency, true}]]],
    kept(Pairs).

%% Lists inserted and fixed tables emptied as one operation, by processes that are killed as well.
tables(Options, Pairs) ->
    T = ets:new(t, Options),
    N = length(Pairs),
    t:show({ets:insert(T, Pairs), ets:insert_new(T, [{new, x} | Pairs]), ets:info(T, size), ets:member(T, new), ets:lookup_element(T, 777, 2)}),
    ets:safe_fixtable(T, true),
    t:show({ets:delete_all_objects(T), ets:info(T, size), ets:insert_new(T, Pairs), ets:insert(T, {1, again}), ets:info(T, size) - N, ets:first(T) =/= x}),
    ets:safe_fixtable(T, false),
    t:show([raised(fun() -> ets:insert(T, L) end) || L <- [Pairs ++ [x], Pairs ++ x, [{} | Pairs]]]),
    ets:delete(T),
    t:show(raised(fun() -> ets:insert(T, Pairs) end)),
    lists:member(public, Options) andalso killed_writers(Options, Pairs).

killed_writers(Options, Pairs) ->
    T = ets:new(t, Options),
    [begin
         {P, M} = spawn_monitor(fun() -> ets:insert(T, Pairs), ets:safe_fixtable(T, true), ets:delete_all_objects(T) end),
         timer:sleep(D), exit(P, kill), receive {'DOWN', M, _, _, _} -> ok end
     end || D <- [0, 2, 5, 10, 30]],
    settled(fun() -> ets:info(T, fixed) =:= false andalso lists:member(ets:info(T, size), [0, length(Pairs)]) end),
    t:show(ets:delete(T)).

settled(F) -> F() orelse begin timer:sleep(1), settled(F) end.

%% Persistent terms.
kept(Pairs) ->
    Key = {?MODULE, Pairs},
    t:show([persistent_term:put(Key, V) || V <- [Pairs, Pairs, [x | Pairs]]]),
    t:show(hd(persistent_term:get(Key))),
    [begin
         {P, M} = spawn_monitor(fun() -> persistent_term:put(Key, [D | Pairs]) end),
         timer:sleep(D), exit(P, kill), receive {'DOWN', M, _, _, _} -> ok end
     end || D <- [0, 2, 5, 20]],
    t:show({length(persistent_term:get(Key)) - length(Pairs), persistent_term:erase(Key), persistent_term:get(Key, gone)}).

errors(N, Pairs, Binary) ->
    Short = binary:part(Binary, 0, byte_size(Binary) - 5),
    [t:show(raised(F)) || F <- [fun() -> binary_to_term(Short) end, fun() -> binary_to_term(Short, [safe]) end,
        fun() -> maps:from_keys(lists:seq(1, N) ++ x, a) end, fun() -> erlang:phash2(Pairs, 0) end,
        fun() -> Pairs -- id(x) end, fun() -> id(x) -- Pairs end, fun() -> binary_to_list(Binary, 9, 1) end,
        fun() -> maps:merge(maps:from_list(Pairs), id(x)) end]].

id(X) -> X.

%% The class, the reason and the first frame without its arguments.
raised(Fun) ->
    try Fun() of Value -> {value, is_list(Value)}
    catch
        Class:Reason:Stack ->
            [{M, F, A, Info} | _] = Stack,
            {Class, kind(Reason), M, F, if is_list(A) -> {args, length(A)}; true -> A end, proplists:get_value(error_info, Info)}
    end.

kind({badmap, _}) -> badmap;
kind(Reason) -> Reason.

%% A process in such a call answers, takes messages, and is collected after it.
meanwhile(Binary) ->
    Self = self(),
    Pid = spawn_link(fun() ->
        Lengths = [begin {Pairs, _, _} = binary_to_term(Binary), garbage_collect(), length(Pairs) end || _ <- lists:seq(1, 5)],
        receive last -> Self ! {Lengths, element(2, process_info(self(), message_queue_len))} end
    end),
    Asked = [begin
        Pid ! {message, N},
        {dictionary, []} = process_info(Pid, dictionary),
        {message_queue_len, Len} = process_info(Pid, message_queue_len),
        Len
    end || N <- lists:seq(1, 20)],
    t:show(Asked =:= lists:seq(1, 20)),
    Pid ! last,
    t:show(receive {_, _} = Result -> Result end).

killed(Binary, Pairs) ->
    Work = [fun() -> binary_to_term(Binary) end, fun() -> erlang:phash2(Pairs) end, fun() -> maps:from_list(Pairs) end],
    Ends = [begin
        {Pid, Monitor} = spawn_monitor(fun() -> again(F) end),
        timer:sleep(Wait),
        exit(Pid, kill),
        receive {'DOWN', Monitor, process, Pid, Reason} -> Reason end
    end || F <- Work, Wait <- [0, 3, 12]],
    t:show(lists:usort(Ends)).

again(F) -> F(), again(F).
