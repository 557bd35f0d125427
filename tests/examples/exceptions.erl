%% Exceptions of every class, with their stacktraces, as programs see them and as OTP prints them.
-module(exceptions).
-export([main/1]).

main(_Args) ->
    Cases = [{throw, fun() -> thrower(1) end}, {error, fun() -> outer(0) end}, {exit, fun() -> exit({stopped, here}) end},
             {badmatch, fun() -> {ok, _} = lookup(x) end}, {case_clause, fun() -> shape(triangle) end}, {if_clause, fun() -> sign(zero) end},
             {function_clause, fun() -> area({hexagon, 2}) end}, {undef, fun() -> exceptions_missing:call(1, two) end},
             {badarity, fun() -> (id(fun(A, B) -> A + B end))(1) end}, {badfun, fun() -> (id(not_a_fun))() end},
             {badarg, fun() -> list_to_integer(id("12x")) end}, {badmap, fun() -> maps:size(id(none)) end}, {badkey, fun() -> maps:get(b, id(#{a => 1})) end},
             {system_limit, fun() -> list_to_atom(lists:duplicate(300, $x)) end}, {noproc, fun() -> gen_server:call(nobody, hello) end},
             {custom, fun() -> error({my_error, [1, 2]}, [arg1, arg2]) end}],
    [show(Name, F) || {Name, F} <- Cases],
    cleanup(),
    linked().

show(Name, F) ->
    try F() of
        Value -> io:format("~p: value ~p~n", [Name, Value])
    catch
        Class:Reason:Stack ->
            io:format("== ~p~n~p ~0p~n", [Name, Class, printable(Reason)]),
            [io:format("   ~p:~p/~p ~s~n", [M, Fn, arity(A), where(L)]) || {M, Fn, A, L} <- own(Stack)],
            io:format("~ts~n", [text(Class, Reason, own(Stack))])
    end.

%% The frames above this module's show/2.
own(Stack) -> lists:takewhile(fun({M, F, _, _}) -> {M, F} =/= {?MODULE, show} end, Stack).
arity(A) when is_list(A) -> length(A);
arity(A) -> A.
where(L) -> io_lib:format("~s:~p", [filename:basename(proplists:get_value(file, L, "none")), proplists:get_value(line, L)]).
printable(F) when is_function(F) -> a_fun;
printable(T) when is_tuple(T) -> list_to_tuple([printable(X) || X <- tuple_to_list(T)]);
printable(X) -> X.
text(Class, Reason, Stack) ->
    Frames = [{M, F, A, [I || I <- L, element(1, I) =/= file]} || {M, F, A, L} <- Stack],
    re:replace(erl_error:format_exception(Class, printable(Reason), Frames), "#Fun<[^>]*>", "#Fun", [global, unicode, {return, list}]).

id(X) -> X.

thrower(N) -> 1 + deeper(N).
deeper(N) -> throw({ball, N}) + 1.

outer(N) ->
    R = middle(N),
    R + 1.
middle(N) ->
    R = inner(N, 100),
    R * 2.
inner(N, D) -> D div N.

lookup(_) -> {error, not_found}.

shape(X) ->
    case id(X) of
        circle -> round;
        square -> angular
    end.

sign(X) ->
    Y = id(X),
    if
        is_number(Y), Y > 0 -> positive;
        is_number(Y), Y < 0 -> negative
    end.

area({circle, R}) -> 3.14 * R * R;
area({square, A}) -> A * A.

cleanup() ->
    try
        try
            throw(first)
        after
            io:format("inner after~n")
        end
    catch
        throw:first -> io:format("caught, and again:~n"), try error(second) catch error:second -> io:format("second~n") end
    after
        io:format("outer after~n")
    end.

linked() ->
    process_flag(trap_exit, true),
    logger:set_primary_config(level, none),
    [begin
         Pid = spawn_link(F),
         receive {'EXIT', Pid, Reason} -> io:format("linked process: ~0p~n", [strip(Reason)]) end
     end || F <- [fun() -> exit(normal) end, fun() -> exit(why) end, fun() -> error(bad) end, fun() -> throw(ball) end, fun() -> outer(0) end]].

strip({R, [{M, F, A, _} | _]}) -> {R, {M, F, A}};
strip(R) -> R.
