%% Code that the compiler did not optimise: ways that are never taken, out of a try and past one; jumps to jumps; records that are checked twice.
-module(not_optimised).
-compile([no_copt, no_postopt, no_bool_opt, no_share_opt, no_bsm_opt, no_fun_opt, no_ssa_opt, no_recv_opt, no_type_opt, no_module_opt]).
-export([main/1]).
-record(state, {time, next}).

main(_) ->
    t:show([t:try_it(fun() -> F(X) end) || F <- [fun nested/1, fun middle/1, fun failing/1, fun waits/1, fun record/1, fun bits/1, fun guards/1, fun frames/1], X <- [0, 5, a, #state{time = 1}, <<1, 2, 3>>]]).

id(X) -> X.

nested(X) -> try 0 band try id(X), ok catch bad:_:_ -> {tag, "nt"} end catch C:R:_ -> {C, R} end.
middle(X) -> try [try X + 1 catch error:badarith -> catch X bor 1 end | id(X)] after id(X) end.
failing(X) -> case catch (try if X > 0 -> throw(X) end catch throw:a -> none end) of {'EXIT', {R, _}} -> R; V -> V end.
waits(X) -> self() ! X, receive {none} -> X after id(0) -> receive X -> {got, X} after id(infinity) -> never end end.
record(#state{time = T} = S) -> receive never -> S after S#state.time -> {T, S#state{next = T}} end;
record(X) -> X#state.next.
bits(X) -> << <<B:4>> || <<A, B>> <= <<X/binary, X/binary>>, A band 1 =:= 1 orelse B > 1 >>.
guards(X) when is_record(X, state), X#state.time > 0; is_integer(X) andalso X > 1 -> {yes, X};
guards(<<A, _/binary>> = X) when byte_size(X) > A -> {bytes, A};
guards(_) -> no.
%% Ways with active catches and frames of different sizes meet where neither comes by.
frames(X) ->
    case X of
        5 -> (try id(1) catch C:R -> {C, R, id(2)} after ok end)#{id(X) => X};
        _ -> {[id(X)], id(true)} =:= (try error(X) catch C:R -> {C, R, id(X)} after id(-1) end)
    end.
