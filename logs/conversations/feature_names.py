"""The features of the reply model, in the order of their bits and numbers, and the bits of the flags."""

NUMBER_UNIT = 64
"""Numbers are whole: 64 stands for 1."""
MAX_NUMBER = 192
"""No number is larger, nor smaller than its negative."""

LINE_FLAGS = """
    addresses_known addresses_stranger mentions question question_word greeting thanks agreement url bot command
    short has_previous previous_addressed previous_same_address called_since_own called follows_own new_speaker
    paste previous_is_near own_conversation_is_pair
""".split()  # noqa: SIM905  (a table of names)
LINE_NUMBERS = """
    length lines_since_own minutes_since_own minutes_of_20_lines speakers starts continues own_conversation_size
""".split()  # noqa: SIM905  (a table of names)

PAIR_FLAGS = """
    distance_1 distance_2 distance_3_5 distance_6_15 minute_0 minute_1 minutes_2_4 minutes_5_14 minutes_15
    same_speaker own_last own_adjacent addresses_me mentions_me mentions_me_last mentions_me_unanswered i_address_it
    i_address_its_last i_address_mutual i_address_other i_mention_it addresses_other addresses_nobody same_address
    mentions_my_addressee is_speakers_last i_mentioned_speaker speaker_mentioned_me we_exchanged own_conversation
    last_of_own_conversation last_of_conversation i_am_in_conversation addressee_in_conversation
    conversation_is_ours replied replied_twice replied_by_me open_question begins_conversation question greeting
    thanks url bot command short new_speaker followed_by_own follows_own both_questions both_greetings
    thanks_for_call bot_for_command agreement_to_question answers_me answers_me_unanswered answers_my_addressee
    is_partner is_previous_address since_own open_question_to_me both_pastes same_address_as_previous
    in_calling_conversation previous_answers_it previous_parent_speaker
""".split()  # noqa: SIM905  (a table of names)
PAIR_NUMBERS = """
    log_distance log_minutes address_rank lines_after_by_speaker own_lines_after conversation_size
    conversation_overlap conversation_age conversation_lines_after overlap rarest_shared_word shared_words length
    is_answered starts exchanges
""".split()  # noqa: SIM905  (a table of names)

# The flags that describe conversations: unknown while the first model of the training is made.
STRUCTURE_FLAGS = frozenset(
    """
    own_conversation last_of_own_conversation last_of_conversation i_am_in_conversation addressee_in_conversation
    conversation_is_ours replied replied_twice replied_by_me open_question begins_conversation answers_me
    answers_me_unanswered answers_my_addressee is_partner in_calling_conversation we_exchanged
    own_conversation_is_pair previous_answers_it previous_parent_speaker
    """.split()  # noqa: SIM905  (a table of words)
)
STRUCTURE_NUMBERS = frozenset(
    """
    conversation_size conversation_overlap conversation_age conversation_lines_after own_conversation_size
    """.split()  # noqa: SIM905  (a table of words)
)


def line_bit(*names: str) -> int:
    """The bits of flags of a new line."""
    return sum(1 << LINE_FLAGS.index(name) for name in names)


def pair_bit(*names: str) -> int:
    """The bits of flags of a candidate."""
    return sum(1 << PAIR_FLAGS.index(name) for name in names)
